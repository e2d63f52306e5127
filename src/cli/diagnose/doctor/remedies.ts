// SPDX-License-Identifier: Apache-2.0
// What to do about each finding of `doctor`. docs/troubleshooting.md shows the same texts; a test holds the
// two together.

/** By what was found. */
export const DOCTOR_REMEDIES = {
  'crd-missing': 'install it: kubectl apply -f crds/, or helm upgrade with crds.enabled=true',
  'crd-without-status':
    'nothing, where a platform has installed it, as AKS does; else kubectl apply -f crds/, or helm upgrade with crds.enabled=true and crds.adopt=true, adds the status; credential specs that are there stay as they are',
  'crd-not-established':
    'kubectl describe crd gmsacredentialspecs.windows.k8s.io says what stands in the way',
  'kubernetes-too-old': 'upgrade to Kubernetes 1.30 or newer',
  'operator-missing':
    'install it: README.md says how; where it is in another namespace, --operator-namespace names that',
  'operator-elsewhere': 'kubectl gmsa doctor --operator-namespace <namespace>',
  'operator-without-deployment':
    'nothing, if it is meant to be so; its pods, image and version are not looked at',
  'operator-scaled-to-zero':
    'kubectl scale deployment <deployment> --namespace <namespace> --replicas <replicas>',
  'operator-unavailable':
    'what is wrong with its pods is told below; kubectl describe deployment <deployment> --namespace <namespace>',
  'operator-pod-crashing':
    'kubectl logs <pod> --namespace <namespace> --previous says why it ended',
  'operator-image':
    'see that the name, the tag and imagePullSecrets are right, and that nodes reach the registry: kubectl describe pod <pod> --namespace <namespace>',
  'operator-pod-not-started': 'kubectl describe pod <pod> --namespace <namespace>',
  'operator-pod-not-ready':
    'kubectl logs <pod> --namespace <namespace>; it is ready once it is in step with the API server and can serve',
  'version-skew':
    'use the plugin of that version (<version>), or upgrade the operator: what one finds or writes the other may not know',
  'version-unknown': 'nothing, if you know which version it is',
  'no-operator':
    'start it: README.md says how; where it should run, kubectl get pods --namespace <namespace>',
  'lease-expired':
    'kubectl get pods --namespace <namespace>, and the log of the operator: nobody leads, so nothing is reconciled',
  'lease-foreign':
    'see who that is: kubectl get lease gmsa-operator --namespace <namespace> --output yaml --show-managed-fields; if it is nobody that you started, a token of the operator is stolen: docs/security.md, "After a theft"',
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
    'nothing, if you are outside of the network of the pods and may not forward ports to them (create pods/portforward): the condition AdmissionReady tells what the operator itself sees',
  'configuration-missing':
    'the operator makes it once it can serve: see its log, and kubectl describe gmsacredentialspecs; where a platform serves admission, run the operator with --admission=false',
  'configuration-differs':
    'see the log of the operator, which mends it; who else writes it: kubectl get <configuration> --show-managed-fields --output yaml',
  'permission-missing':
    'kubectl apply -f config/rbac/; where it is a release of Helm, helm upgrade instead',
  'permission-missing-in-release':
    'helm upgrade <release> charts/gmsa-operator --namespace <namespace> --reset-then-reuse-values puts it back (with --force-conflicts where somebody has edited it)',
  'policy-missing':
    'kubectl apply -f config/rbac/; where it is a release of Helm, helm upgrade instead: without the policies a stolen token of the operator can do more than it should',
  'policy-missing-in-release':
    'helm upgrade <release> charts/gmsa-operator --namespace <namespace> --reset-then-reuse-values: without the policies a stolen token of the operator can do more than it should',
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
  'credspec-violates-schema':
    'correct the field: kubectl edit gmsacredentialspec <credspec>; until then, pods and access do not depend on the status',
  'annotation-not-in-force':
    'see that the operator runs; kubectl describe gmsacredentialspec <credspec> shows what it says in Events',
  'credspec-not-ready':
    'kubectl gmsa status <credspec> has all conditions; README.md says what to do about each reason',
  'status-behind': 'wait a moment and look again; if it lasts, see the log of the operator',
  'contents-suspicious':
    'docs/credential-spec-checks.md says what to do about each; kubectl gmsa lint <credspec>',
  unreadable: 'ask somebody who may read it to run kubectl gmsa doctor',
} as const satisfies Readonly<Record<string, string>>;

/** Names of what can be found. */
export type DoctorRemedy = keyof typeof DOCTOR_REMEDIES;
