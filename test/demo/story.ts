// SPDX-License-Identifier: Apache-2.0
// The story that the demo tells, step by step. Whoever knows Windows and has never heard of RBAC is
// to follow it.
import { waitFor } from '../support/wait-for.ts';
import type { Replicas } from './replicas.ts';
import type { Scene, Step } from './step.ts';

const ANNOTATION = 'gmsa-operator.io/allowed-service-accounts';

const NO = { expect: 'no', output: /^no$/m };
const YES = { expect: 'yes', output: /^yes$/m };

/** The steps; `startOperator` is called once, when the story gets there. */
export function story(startOperator: () => Promise<Replicas>): readonly Step[] {
  return [
    { title: 'Install the operator', tell: (scene) => install(scene, startOperator) },
    { title: 'Apply credential specs', tell: applySamples },
    { title: 'Grant access with one annotation', tell: grant },
    { title: 'Run a Windows pod', tell: runPod },
    { title: 'Name a namespace before it exists', tell: addNamespace },
    { title: 'Take access away', tell: revoke },
    { title: 'Tamper with what the operator made', tell: tamper },
    { title: 'Be there first', tell: plant },
    { title: 'Delete credential specs', tell: deleteAll },
  ];
}

async function install(scene: Scene, startOperator: () => Promise<Replicas>): Promise<void> {
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
    work, and the other takes over when it ends.`);
  const replicas = await startOperator();
  await scene.until('kubectl get lease --namespace gmsa-operator-system', {
    expect: 'a Lease gmsa-operator with a holder',
    output: /^gmsa-operator\s+\S+_\S+/m,
  });
  await waitFor('both replicas to be ready', () => replicas.areReady());
  scene.shown('The operator runs: one replica leads, and both answer that they are ready.');
}

async function applySamples(scene: Scene): Promise<void> {
  scene.say(`config/samples/ holds three credential specs; gmsa-webapp1 is the one of the Kubernetes
    documentation. The operator looks at each as soon as it is there, and says in READY and REASON
    what it found.`);
  await scene.run('kubectl apply -f config/samples/', {
    expect: 'three objects created',
    output: /(.* created\s+){3}/,
  });
  await scene.until('kubectl get gmsacredentialspecs', {
    expect: 'three credential specs that are READY',
    output: /(\S+ +True .*\s+){3}/,
  });
  scene.shown(`All three are well-formed and ready. NoServiceAccounts: nobody may use it yet.
    NamespacesMissing: it names namespaces that do not exist; nobody has to wait for them.`);
}

async function grant(scene: Scene): Promise<void> {
  scene.say(`Every pod runs as a service account of its namespace, and may use a credential spec only
    if that service account has the right "use" on it. "kubectl auth can-i" asks the API server
    whether it has, in the same way as a GMSA webhook does for a new pod. (kubectl then warns that a
    credential spec is in no namespace, which is left out here: the right to use it is given in
    namespaces all the same.)`);
  const canI = `kubectl auth can-i use gmsacredentialspecs/gmsa-webapp1 --as system:serviceaccount:default:`;
  await scene.run(`${canI}default`, NO);
  scene.say(`By hand, this would take a ClusterRole for the credential spec, and a RoleBinding in each
    namespace. With the operator it is an annotation on the credential spec, with entries like
    namespace/name:`);
  await scene.run(`kubectl annotate gmsa gmsa-webapp1 ${ANNOTATION}=default/default`, {
    expect: 'annotated',
    output: /annotated/,
  });
  await scene.until(`${canI}default`, YES);
  await scene.run(`${canI}somebody-else`, NO);
  scene.say('This is the RoleBinding that the operator made, and where things stand:');
  await scene.run('kubectl describe rolebinding gmsa-operator:gmsa-webapp1 --namespace default', {
    expect: 'a RoleBinding with the service account default',
    output: /ServiceAccount\s+default\s+default/,
  });
  await scene.until('kubectl get gmsa gmsa-webapp1', {
    expect: 'READY with the REASON Ready',
    output: /gmsa-webapp1\s+True\s+Ready\s/,
  });
  scene.shown('"no" has become "yes", for this one service account.');
}

async function runPod(scene: Scene): Promise<void> {
  scene.say(`A pod names its credential spec in securityContext.windowsOptions
    (test/demo/webapp1.yaml). In a cluster of yours, a GMSA webhook would now ask the question of the
    step before, and refuse the pod if the answer was "no". This version of the operator does not
    serve that webhook: kubernetes-sigs/windows-gmsa does, or your platform. There is none in this
    demo, and the Windows node only pretends to run the container.`);
  await scene.run('kubectl apply -f test/demo/webapp1.yaml', {
    expect: 'a Deployment created',
    output: /created/,
  });
  const columns =
    'NAME:.metadata.name,STATUS:.status.phase,NODE:.spec.nodeName,' +
    'CREDSPEC:.spec.securityContext.windowsOptions.gmsaCredentialSpecName';
  await scene.until(`kubectl get pods --output custom-columns=${columns}`, {
    expect: 'a pod that is Running on the Windows node',
    output: /Running\s+windows-0\s+gmsa-webapp1/,
  });
  scene.shown('The pod runs on the (simulated) Windows node.');
}

async function addNamespace(scene: Scene): Promise<void> {
  scene.say(`gmsa-non-domain-joined came with the annotation "shop/web, shop/worker", and there is no
    namespace "shop". Its RoleBinding is made as soon as there is one; nobody has to remember.`);
  await scene.run('kubectl get gmsa gmsa-non-domain-joined', {
    expect: 'READY with the REASON NamespacesMissing',
    output: /True\s+NamespacesMissing/,
  });
  await scene.run('kubectl create namespace shop', { expect: 'created', output: /created/ });
  await scene.until('kubectl get gmsa gmsa-non-domain-joined', {
    expect: 'READY with the REASON Ready',
    output: /True\s+Ready\s/,
  });
  await scene.until(
    'kubectl auth can-i use gmsacredentialspecs/gmsa-non-domain-joined --namespace shop --as system:serviceaccount:shop:web',
    YES,
  );
  scene.shown('The namespace is there, and with it the access.');
}

async function revoke(scene: Scene): Promise<void> {
  scene.say(`What the annotation no longer says is no longer allowed. Removing it (the "-" at the end
    does that) takes away all that it gave:`);
  await scene.run(`kubectl annotate gmsa gmsa-webapp1 ${ANNOTATION}-`, {
    expect: 'annotated',
    output: /annotated/,
  });
  await scene.until(
    'kubectl auth can-i use gmsacredentialspecs/gmsa-webapp1 --as system:serviceaccount:default:default',
    NO,
  );
  await scene.run('kubectl get rolebinding gmsa-operator:gmsa-webapp1 --namespace default', {
    expect: 'no such RoleBinding',
    output: /NotFound/,
  });
  await scene.until('kubectl get gmsa gmsa-webapp1', {
    expect: 'READY with the REASON NoServiceAccounts',
    output: /True\s+NoServiceAccounts\s/,
  });
  scene.shown('"yes" has become "no", and the RoleBinding is gone.');
}

async function tamper(scene: Scene): Promise<void> {
  scene.say(`Somebody with full rights lets another service account in, past the annotation: into the
    RoleBinding they write "intruder".`);
  const subject = '{"kind":"ServiceAccount","name":"intruder","namespace":"shop"}';
  await scene.run(
    `kubectl patch rolebinding gmsa-operator:gmsa-non-domain-joined --namespace shop --type json --patch '[{"op":"add","path":"/subjects/-","value":${subject}}]'`,
    { expect: 'patched', output: /patched$/m },
  );
  scene.say(`The operator sees the change and undoes it. An Event on the credential spec says what was
    changed, and by which program:`);
  await scene.until("kubectl describe gmsa gmsa-non-domain-joined | sed -n '/^Events:/,$p'", {
    expect: 'an Event DriftRepaired that names kubectl-patch',
    output: /DriftRepaired.*was changed by kubectl-patch and restored/,
  });
  const canI =
    'kubectl auth can-i use gmsacredentialspecs/gmsa-non-domain-joined --namespace shop --as system:serviceaccount:shop:';
  await scene.until(`${canI}intruder`, NO);
  await scene.run(`${canI}web`, YES);
  scene.shown('The intruder is out, and those who are allowed in have noticed nothing.');
}

async function plant(scene: Scene): Promise<void> {
  scene.say(`The names of generated objects can be guessed. Somebody makes a RoleBinding under such a
    name, before the operator needs it:`);
  await scene.run('kubectl create namespace intranet', { expect: 'created', output: /created/ });
  await scene.run(
    'kubectl create rolebinding gmsa-operator:gmsa-webapp1 --namespace intranet --clusterrole view --serviceaccount intranet:somebody',
    { expect: 'created', output: /created/ },
  );
  await scene.run(`kubectl annotate gmsa gmsa-webapp1 ${ANNOTATION}=intranet/web`, {
    expect: 'annotated',
    output: /annotated/,
  });
  scene.say(`That object is not the operator's, so it does not touch it, and grants nothing through it. It
    says what stands in the way:`);
  await scene.until('kubectl get gmsa gmsa-webapp1', {
    expect: 'not READY, with the REASON Conflict',
    output: /False\s+Conflict\s/,
  });
  const message = `jsonpath='{.status.conditions[?(@.type=="Ready")].message}{"\\n"}'`;
  await scene.run(`kubectl get gmsa gmsa-webapp1 --output ${message}`, {
    expect: 'a message that names the RoleBinding',
    output: /RoleBinding intranet\/gmsa-operator:gmsa-webapp1 exists and is not managed/,
  });
  await scene.run('kubectl get rolebindings --namespace intranet', {
    expect: 'the RoleBinding as it was, to the ClusterRole view',
    output: /gmsa-operator:gmsa-webapp1\s+ClusterRole\/view\s/,
  });
  scene.say('Its owner removes it. The operator tries again by itself:');
  await scene.run('kubectl delete rolebinding gmsa-operator:gmsa-webapp1 --namespace intranet', {
    expect: 'deleted',
    output: /deleted/,
  });
  await scene.until('kubectl get gmsa gmsa-webapp1', {
    expect: 'READY with the REASON Ready',
    output: /True\s+Ready\s/,
  });
  scene.shown('Nothing that somebody else owns was changed, and the credential spec is ready.');
}

async function deleteAll(scene: Scene): Promise<void> {
  scene.say('All that the operator has made carries a label. At this moment, that is:');
  const generated =
    'kubectl get clusterroles,rolebindings --all-namespaces --selector app.kubernetes.io/managed-by=gmsa-operator';
  await scene.run(generated, {
    expect: 'three ClusterRoles and two RoleBindings',
    output: /(^clusterrole\.rbac.*\n){3}[^]*^intranet .*\n^shop .*/m,
  });
  scene.say('It belongs to the credential specs, and goes with them:');
  await scene.run('kubectl delete gmsacredentialspecs --all', {
    expect: 'three objects deleted',
    output: /(.* deleted\s+){3}/,
  });
  await scene.until(generated, { expect: 'nothing', output: /^No resources found$/m });
  scene.shown('Nothing is left.');
}
