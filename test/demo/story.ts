// SPDX-License-Identifier: Apache-2.0
// The story that the demo tells, step by step. Whoever knows Windows and has never heard of RBAC is
// to follow it.
import { ANNOTATION } from './annotation.ts';
import { beRefused, doWithout, runPod } from './admission-steps.ts';
import { install } from './install-step.ts';
import type { DemoOperator } from './replicas.ts';
import type { Scene, Step } from './step.ts';

const NO = { expect: 'no', output: /^no$/m };
const YES = { expect: 'yes', output: /^yes$/m };

/** The steps; the operator is started when the story gets there, and for a while it is down. */
export function story(operator: DemoOperator): readonly Step[] {
  return [
    { title: 'Install the operator', tell: (scene) => install(scene, operator) },
    { title: 'Apply credential specs', tell: applySamples },
    { title: 'Grant access with one annotation', tell: grant },
    { title: 'Run a Windows pod', tell: runPod },
    { title: 'Be refused, and be told why', tell: beRefused },
    { title: 'Name a namespace before it exists', tell: addNamespace },
    { title: 'Do without the operator', tell: (scene) => doWithout(scene, operator) },
    { title: 'Take access away', tell: revoke },
    { title: 'Tamper with what the operator made', tell: tamper },
    { title: 'Be there first', tell: plant },
    { title: 'Delete credential specs', tell: deleteAll },
  ];
}

async function applySamples(scene: Scene): Promise<void> {
  scene.say(`config/samples/ holds three credential specs; gmsa-webapp1 is the one of the Kubernetes
    documentation. Two of them already say who may use them, in namespaces that this cluster does not
    have; the operator warns of that, and of all else that looks wrong, but refuses nothing:`);
  await scene.run('kubectl apply -f config/samples/', {
    expect: 'three objects created',
    output: /(gmsacredentialspec\S+ created[^]*){3}/,
  });
  scene.say('READY and REASON say what it found:');
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
    whether it has, in the same way as the operator does for a new pod. (kubectl then warns that a
    credential spec is in no namespace, which is left out here: the right to use it is given in
    namespaces all the same.)`);
  await scene.run('kubectl create serviceaccount webapp1', {
    expect: 'created',
    output: /created/,
  });
  const canI = `kubectl auth can-i use gmsacredentialspecs/gmsa-webapp1 --as system:serviceaccount:default:`;
  await scene.run(`${canI}webapp1`, NO);
  scene.say(`By hand, this would take a ClusterRole for the credential spec, and a RoleBinding in each
    namespace. With the operator it is an annotation on the credential spec, with entries like
    namespace/name:`);
  await scene.run(`kubectl annotate gmsa gmsa-webapp1 ${ANNOTATION}=default/webapp1`, {
    expect: 'annotated',
    output: /annotated/,
  });
  await scene.until(`${canI}webapp1`, YES);
  await scene.run(`${canI}somebody-else`, NO);
  scene.say('This is the RoleBinding that the operator made, and where things stand:');
  await scene.run('kubectl describe rolebinding gmsa-operator:gmsa-webapp1 --namespace default', {
    expect: 'a RoleBinding with the service account webapp1',
    output: /ServiceAccount\s+webapp1\s+default/,
  });
  await scene.until('kubectl get gmsa gmsa-webapp1', {
    expect: 'READY with the REASON Ready',
    output: /gmsa-webapp1\s+True\s+Ready\s/,
  });
  scene.shown('"no" has become "yes", for this one service account.');
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
    'kubectl auth can-i use gmsacredentialspecs/gmsa-webapp1 --as system:serviceaccount:default:webapp1',
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
