// SPDX-License-Identifier: Apache-2.0
// The first step of the demo: from an empty cluster to an operator that runs.
import { waitFor } from '../support/wait-for.ts';
import type { DemoOperator } from './replicas.ts';
import type { Scene } from './step.ts';

/** Everything that a cluster needs, up to an operator that runs. */
export async function install(scene: Scene, operator: DemoOperator): Promise<void> {
  scene.say(`A Windows pod can log on to Active Directory as a Group Managed Service Account (GMSA).
    Which account that is, and of which domain, is written down in a credential spec: an object of
    the kind GMSACredentialSpec, without any password. This cluster is empty, but for one Windows
    node.`);
  await scene.run('kubectl get nodes --label-columns kubernetes.io/os', {
    expect: 'a Windows node that is Ready',
    output: /windows-0\s+Ready\b.*windows$/m,
  });
  scene.say(`crds/ makes the kind GMSACredentialSpec known to the cluster. config/rbac/ gives the
    operator a service account of its own, and lists all that it may do. Kubernetes calls such lists
    RBAC, role-based access control: a Role or ClusterRole lists rights, and a RoleBinding gives them
    to somebody. The ValidatingAdmissionPolicy confines the operator further, in case its token is
    ever stolen.`);
  await scene.run('kubectl apply -f crds/ -f config/rbac/', {
    expect: 'everything created',
    output: /admission-?policy.*created/i,
  });
  await scene.run(
    'kubectl wait --for=condition=Established crd/gmsacredentialspecs.windows.k8s.io',
    { expect: 'the kind to be established', output: /condition met/ },
  );
  scene.say(`Now the operator is started in two replicas, which log on with the token of that service
    account (node dist/main.js run --kubeconfig=...). The Lease says which of them leads: it does the
    work, and the other takes over when it ends. Both serve the admission webhooks: the API server asks
    them about pods that mention a GMSA, through a Service as in any cluster.`);
  await operator.start();
  await scene.until('kubectl get lease --namespace gmsa-operator-system', {
    expect: 'a Lease gmsa-operator with a holder',
    output: /^gmsa-operator\s+\S+_\S+/m,
  });
  await waitFor('both replicas to be ready', () => operator.areReady());
  scene.say(`The certificate of the webhooks, the CA that signed it, and the two configurations that make
    the API server call them were made by the operator itself, which also renews them:`);
  await scene.until(
    'kubectl get secrets,mutatingwebhookconfigurations,validatingwebhookconfigurations --namespace gmsa-operator-system',
    {
      expect: 'two Secrets and two webhook configurations',
      output:
        /webhook-ca[^]*webhook-cert[^]*mutating\S+\/gmsa-operator[^]*validating\S+\/gmsa-operator/,
    },
  );
  scene.shown('The operator runs: one replica leads, and both answer that they are ready.');
}
