// SPDX-License-Identifier: Apache-2.0
// What to do about each broken link. docs/troubleshooting.md shows the same texts; a test holds the two
// together. Commands for Windows cannot be tried here: they are those of Microsoft's and Kubernetes' pages.
import { CCG_LOG, READ_CCG_LOG } from './ccg-events.ts';

/** By what is wrong. */
export const REMEDIES = {
  // The pod is refused, or is not there.
  'not-authorized': 'kubectl gmsa allow <credspec> <namespace>/<service-account>',
  'no-such-credspec':
    'correct gmsaCredentialSpecName in the pod template, or make the credential spec: kubectl gmsa convert FILE --name <credspec> | kubectl apply -f -',
  'no-contents':
    'the credential spec is empty: kubectl gmsa convert FILE --name <credspec> | kubectl apply -f -',
  'contents-given':
    'leave gmsaCredentialSpec out of the pod template: with gmsaCredentialSpecName alone, the contents are filled in',
  'webhook-did-not-run': 'kubectl gmsa doctor shows why the mutating webhook did not run',
  'nobody-answers': 'kubectl gmsa doctor shows why nobody answers for the webhooks',
  undecided: 'wait: controllers try again by themselves; if it lasts, kubectl gmsa doctor',
  refused: 'kubectl describe <owner> --namespace <namespace> shows all of the Event',
  'no-pods':
    'kubectl describe <workload> --namespace <namespace> shows what keeps its pods from being made',
  'wants-no-pods':
    'let it ask for pods, and look again; where it has replicas: kubectl scale <workload> --namespace <namespace> --replicas 1',
  'may-not-list-events':
    'ask for the right to list events in namespace <namespace>: kubectl auth can-i list events --namespace <namespace>',
  // What the pod carries.
  'names-no-credspec':
    'set securityContext.windowsOptions.gmsaCredentialSpecName in the pod template, for the pod or for the container',
  'contents-not-filled-in':
    'kubectl gmsa doctor shows whether the webhooks are in place; when they are, make the pod again: kubectl delete pod <pod> --namespace <namespace>',
  'contents-older':
    'make the pod again, for contents are filled in when it is made: kubectl delete pod <pod> --namespace <namespace>, or kubectl rollout restart of its workload',
  'credspec-gone':
    'nothing, if the pod is to go as well; else make the credential spec again: kubectl gmsa convert FILE --name <credspec> | kubectl apply -f -',
  'contents-wrong':
    'correct the credential spec (kubectl gmsa lint <credspec>), and make the pod again',
  // The pod does not start.
  'not-scheduled':
    'kubectl describe pod <pod> --namespace <namespace> says what is missing; kubectl get nodes --selector kubernetes.io/os=windows shows the Windows nodes',
  'sandbox-contents':
    'kubectl gmsa lint <credspec> shows what is wrong with the contents: correct them, and make the pod again; where it finds nothing, kubectl describe pod <pod> --namespace <namespace> has all of the message',
  'sandbox-plugin': `on node <node>, run ${READ_CCG_LOG}; what its events mean is told below`,
  'sandbox-domain':
    'on node <node>, Test-ADServiceAccount <account> must print True: else let the node read the password (Set-ADServiceAccount <account> -PrincipalsAllowedToRetrieveManagedPassword …), and restart the node for its new membership to count',
  'not-started': 'kubectl describe pod <pod> --namespace <namespace> has all of its Events',
  'init-container-ended':
    'look while it runs: let its command end with a pause (ping -n 600 127.0.0.1), make the pod again, and name it (--container <container>); a sidecar (restartPolicy: Always) can be looked into at any time. What it printed: kubectl logs <pod> --namespace <namespace> --container <container>',
  'ephemeral-container-ended':
    'an ephemeral container does not start again: add another (kubectl debug <pod> --namespace <namespace> --stdin --tty --image mcr.microsoft.com/windows/servercore:ltsc2022 -- cmd), and look while it runs. What it printed: kubectl logs <pod> --namespace <namespace> --container <container>',
  ended: 'choose a pod that runs: kubectl get pods --namespace <namespace>',
  // Looking into the container.
  'no-such-program':
    'the image has no <program>: look from one that has it, in the same pod: kubectl debug <pod> --namespace <namespace> --stdin --tty --image mcr.microsoft.com/windows/servercore:ltsc2022 -- cmd',
  'no-such-program-here':
    'the image has no <program>, and what kubectl debug adds would not be the account, for only this container names the credential spec: name it for the whole pod (spec.securityContext.windowsOptions), or look in a pod with another image (mcr.microsoft.com/windows/servercore:ltsc2022) in place of this one',
  'may-not-exec':
    'ask for the right to create pods/exec in namespace <namespace>: kubectl auth can-i create pods --subresource exec --namespace <namespace>',
  'pod-gone': 'choose a pod that is there: kubectl get pods --namespace <namespace>',
  'exec-refused':
    'look again, for the pod may have changed meanwhile: kubectl describe pod <pod> --namespace <namespace>',
  'kubelet-unreachable':
    'the API server does not reach the kubelet of node <node>: kubectl get node <node>, and try kubectl logs <pod> --namespace <namespace>',
  'program-hangs':
    'try again with a longer --timeout; a program that hangs speaks for packets that are dropped on the way',
  unintelligible:
    'run it yourself: kubectl exec <pod> --namespace <namespace> --container <container> -- <command>',
  // Who runs in it.
  'user-without-identity':
    'run as NT AUTHORITY\\NETWORK SERVICE or NT AUTHORITY\\SYSTEM (securityContext.windowsOptions.runAsUserName, or USER in the Dockerfile): of these alone Windows promises that they are the account on the network. A service or an IIS application pool in it that runs as one of them is the account all the same',
  // DNS.
  'dns-no-such-name':
    "let the cluster's DNS forward the domain; in the Corefile of CoreDNS: <domain>:53 { forward . ADDRESSES-OF-THE-DOMAIN'S-DNS-SERVERS }",
  'dns-timed-out':
    "open UDP and TCP 53 from pods to the cluster's DNS, and from there to the DNS servers of the domain",
  'dns-refused': "let the DNS servers of the domain answer the cluster's DNS: it is refused",
  // Domain controllers.
  'no-domain-controller':
    'open TCP and UDP 88, 389 and 464, TCP 135, 139, 445, 636 and 49152-65535 from pods on node <node> to the domain controllers of <domain>',
  // The secure channel.
  'netlogon-does-not-run': `the container has no credential spec: make the pod again; if that does not help, on node <node> run ${READ_CCG_LOG}; what its events mean is told below`,
  'channel-down':
    'kubectl gmsa troubleshoot <pod> --namespace <namespace> --repair resets it; where that helps, the annotation gmsa-operator.io/repair-secure-channel: "true" in the pod template does it at each start',
  'account-unknown':
    'the domain has no such account: compare MachineAccountName and the domain with Get-ADServiceAccount <account>, and correct the credential spec',
  'trust-lost':
    'pods whose host names begin with the same 15 characters take the account from each other: annotation gmsa-operator.io/random-hostname: "true" in the pod template',
  'channel-needs-administrator':
    'nothing is known to be wrong: netlogon answers only an administrator, and the container runs as another user',
  'repair-did-not-help':
    'Get-ADServiceAccount <account> must find the account, and the node must be allowed to read its password (Test-ADServiceAccount <account> on node <node>)',
  // Kerberos.
  'no-ticket':
    'the secure channel is up and Kerberos is not: open TCP and UDP 88 to the domain controllers, and see that the clocks of node <node> and the domain differ by less than 5 minutes',
  // Advice, and in place of `trust-lost` where the annotation has no effect.
  'hostnames-of-controller':
    'pods whose host names begin with the same 15 characters, which is all that Windows keeps, take the account from each other. Its controller (StatefulSet, Indexed Job) sets the host names, so that the annotation gmsa-operator.io/random-hostname has no effect: give the workload a name of at most 12 characters, so that the numbers of its pods make the difference',
  'hostname-of-template':
    'pods whose host names begin with the same 15 characters, which is all that Windows keeps, take the account from each other. Its pod template sets spec.hostname, so that the annotation gmsa-operator.io/random-hostname has no effect: remove spec.hostname, and set the annotation to "true"',
  'smb-by-name':
    'if an SMB share opens by its address and not by its name: on each Windows node, reg add "HKLM\\SYSTEM\\CurrentControlSet\\Services\\hns\\State" /v EnableCompartmentNamespace /t REG_DWORD /d 1, then make the pods again',
  'hostnames-alike':
    'host names of its replicas begin with the same 15 characters, which is all that Windows keeps: where they lose the domain in turn, the annotation gmsa-operator.io/random-hostname: "true" in the pod template gives each its own',
} as const satisfies Readonly<Record<string, string>>;

/** Names of what can be wrong. */
export type RemedyName = keyof typeof REMEDIES;

/** Whether a remedy is to read the log of the Container Credential Guard. */
export function readsCcgLog(remedy: RemedyName): boolean {
  return REMEDIES[remedy].includes(CCG_LOG);
}
