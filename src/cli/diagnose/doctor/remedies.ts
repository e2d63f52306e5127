// SPDX-License-Identifier: Apache-2.0
// What to do about each finding of `doctor`. docs/troubleshooting.md shows the same texts; a test holds the
// two together.

/** By what was found. */
export const DOCTOR_REMEDIES = {
  'crd-missing': 'install it: kubectl apply -f crds/',
  'crd-without-status':
    'kubectl apply -f crds/ adds the status; credential specs that are there stay as they are',
  'crd-not-established':
    'kubectl describe crd gmsacredentialspecs.windows.k8s.io says what stands in the way',
  'kubernetes-too-old': 'upgrade to Kubernetes 1.30 or newer',
  'no-operator':
    'start it: README.md says how; where it should run, kubectl get pods --namespace <namespace>',
  'lease-expired':
    'kubectl get pods --namespace <namespace>, and the log of the operator: nobody leads, so nothing is reconciled',
  'secret-missing':
    'the operator makes it: see its log (or, with --cert-mode external, whatever should write it)',
  'certificate-unusable':
    'kubectl delete secret <secret> --namespace <namespace>: the operator makes a new one (with --cert-mode external, renew it where it comes from)',
  'certificate-expires': 'see the log of the operator, which should have renewed it by now',
  'ca-bundle-mismatch':
    'see the log of the operator, which writes the bundle; who else writes it: kubectl get <configuration> --show-managed-fields --output yaml',
  'handshake-refused':
    'kubectl rollout restart of the operator where one replica serves another certificate; else as for the certificate',
  'handshake-unreachable':
    'nothing, if you are outside of the network of the pods: the condition AdmissionReady tells what the operator itself sees',
  'configuration-missing':
    'the operator makes it once it can serve: see its log, and kubectl describe gmsa; where a platform serves admission, run the operator with --admission=false',
  'configuration-differs':
    'see the log of the operator, which mends it; who else writes it: kubectl get <configuration> --show-managed-fields --output yaml',
  'permission-missing': 'kubectl apply -f config/rbac/',
  'policy-missing':
    'kubectl apply -f config/rbac/: without the policies a stolen token of the operator can do more than it should',
  'other-webhook-in-front-of-all-pods':
    'it stands in front of every pod, Linux too, while nobody answers: remove it (kubectl delete <configuration>) once this operator serves admission, or run this operator with --admission=false and keep it',
  'other-webhook':
    'two webhooks look at the same pods: keep one; with --admission=false this operator leaves admission to the other',
  'no-windows-nodes': 'nothing, until you want to run Windows pods',
  'node-not-ready': 'kubectl describe node <node>',
  'node-too-old':
    'update it: Windows Server 2019 needs build 17763.1817 (KB5000822) or newer for GMSA with containerd',
  'pods-older':
    'kubectl gmsa status <credspec> lists them; they get the new contents when they are made again: kubectl rollout restart of their workloads',
  'pod-not-running': 'kubectl gmsa troubleshoot <pod> --namespace <namespace>',
  'pods-refused': 'kubectl gmsa troubleshoot <owner> --namespace <namespace>',
  'credspec-without-status':
    'see that the operator runs: it writes the status of every credential spec',
  'credspec-not-ready':
    'kubectl gmsa status <credspec> has all conditions; README.md says what to do about each reason',
  'status-behind': 'wait a moment and look again; if it lasts, see the log of the operator',
  'contents-suspicious':
    'docs/credential-spec-checks.md says what to do about each; kubectl gmsa lint <credspec>',
  unreadable: 'ask somebody who may read it to run kubectl gmsa doctor',
} as const satisfies Readonly<Record<string, string>>;

/** Names of what can be found. */
export type DoctorRemedy = keyof typeof DOCTOR_REMEDIES;
