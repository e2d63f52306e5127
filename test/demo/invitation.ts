// SPDX-License-Identifier: Apache-2.0
// What the demo prints when the story is told: how to go on by hand.
import { dirname } from 'node:path';

/** The lines; they can be pasted into another terminal. */
export function invitation(
  {
    kubeconfigPath,
    kubectlPath,
  }: { readonly kubeconfigPath: string; readonly kubectlPath: string },
  replicas: readonly number[],
): readonly string[] {
  return [
    '',
    'The cluster stays up, to be played with. In another terminal, in this directory:',
    '',
    `  export KUBECONFIG=${kubeconfigPath}`,
    `  export PATH=${dirname(kubectlPath)}:$PATH    # if you have no kubectl`,
    '',
    '  kubectl apply -f config/samples/',
    '  kubectl get gmsa',
    "  kubectl annotate gmsa gmsa-webapp1 gmsa-operator.io/allowed-service-accounts='default/* oops'",
    '  kubectl describe gmsa gmsa-webapp1                        # names the entry that is wrong',
    '  kubectl explain gmsacredentialspec.credspec.DomainJoinConfig',
    '  kubectl delete clusterrole gmsa-operator:gmsa-webapp1     # it comes back',
    ...replicas.map(
      (pid, i) => `  kill -9 ${pid}`.padEnd(60) + `# replica ${i + 1}; the other one goes on`,
    ),
    '',
    'Press Ctrl-C here to stop. Nothing is left behind. What the operator says:',
    '',
  ];
}
