// SPDX-License-Identifier: Apache-2.0
// The steps of the demo that are about pods: one that may use a GMSA, one that may not, and those that
// have nothing to do with any.
import { waitFor } from '../support/wait-for.ts';
import { ANNOTATION } from './annotation.ts';
import type { DemoOperator } from './replicas.ts';
import type { Scene } from './step.ts';

/** A pod that may use its credential spec gets the contents, and runs. */
export async function runPod(scene: Scene): Promise<void> {
  scene.say(`A pod names its credential spec in securityContext.windowsOptions (test/demo/webapp1.yaml).
    When it is created, the API server calls the operator, which puts the contents of the credential
    spec beside the name, and then asks the question of the step before.`);
  await scene.run('kubectl apply -f test/demo/webapp1.yaml', {
    expect: 'a Deployment created',
    output: /created/,
  });
  const columns =
    'NAME:.metadata.name,STATUS:.status.phase,NODE:.spec.nodeName,' +
    'CREDSPEC:.spec.securityContext.windowsOptions.gmsaCredentialSpecName';
  await scene.until(`kubectl get pods --selector app=webapp1 --output custom-columns=${columns}`, {
    expect: 'a pod that is Running on the Windows node',
    output: /Running\s+windows-0\s+gmsa-webapp1/,
  });
  scene.say('This is what Windows gets to see:');
  const contents = `jsonpath='{.items[0].spec.securityContext.windowsOptions.gmsaCredentialSpec}{"\\n"}'`;
  await scene.run(`kubectl get pods --selector app=webapp1 --output ${contents}`, {
    expect: 'the contents of gmsa-webapp1',
    output: /"MachineAccountName":"WebApp1"/,
  });
  scene.shown(`The pod runs on the Windows node, which only pretends to run the container, and has its
    credential spec.`);
}

/** One that may not is refused. */
export async function beRefused(scene: Scene): Promise<void> {
  scene.say(`The same with a service account that the annotation does not name
    (test/demo/somebody-else.yaml). kubectl creates the Deployment, but its pod is refused:`);
  await scene.run('kubectl apply -f test/demo/somebody-else.yaml', {
    expect: 'a Deployment created',
    output: /deployment\S* created/,
  });
  const message = `jsonpath='{range .items[*]}{.message}{"\\n"}{end}'`;
  await scene.until(
    `kubectl get events --field-selector reason=FailedCreate --output ${message} | tail -1`,
    {
      expect: 'an Event that says why, and what would allow it',
      output:
        /is not authorized to `use` GMSA cred spec "gmsa-webapp1": allow it with the annotation/,
    },
  );
  scene.say(`The message says what would allow it. The ReplicaSet tries again by itself, so all that is
    to be done is this:`);
  await scene.run(
    `kubectl annotate gmsa gmsa-webapp1 --overwrite ${ANNOTATION}='default/webapp1, default/somebody-else'`,
    { expect: 'annotated', output: /annotated/ },
  );
  await scene.until('kubectl get pods --selector app=somebody-else', {
    expect: 'a pod that is Running',
    output: /somebody-else-\S+\s+1\/1\s+Running/,
  });
  scene.shown('Whoever is not allowed is refused, and told what to do.');
}

/** The operator is down: its own pods have to wait, and nobody else's. */
export async function doWithout(scene: Scene, operator: DemoOperator): Promise<void> {
  scene.say(`What if the operator is down? Both replicas are stopped now. Pods that do not mention a
    GMSA never reach it, so they are created as ever:`);
  await operator.stop();
  await scene.run('kubectl run linux --image nginx', { expect: 'created', output: /created/ });
  scene.say(`Pods with a GMSA are not let in unchecked, nor without the contents that Windows needs. Their
    Deployments go on trying:`);
  await scene.run('kubectl delete pods --selector app=webapp1', {
    expect: 'a pod deleted',
    output: /deleted/,
  });
  const message = `jsonpath='{range .items[*]}{.message}{"\\n"}{end}'`;
  await scene.until(
    `kubectl get events --field-selector reason=FailedCreate --output ${message} | grep webhook | tail -1 | cut -c 1-100`,
    {
      expect: 'an Event that says that nobody answers',
      output: /failed calling webhook "mutate-pods\.gmsa-operator\.io"/,
    },
  );
  scene.say('When it is back, so are they:');
  await operator.start();
  await waitFor('both replicas to be ready', () => operator.areReady());
  await scene.until('kubectl get pods', {
    expect: 'pods of all three that are Running',
    output:
      /linux\s+1\/1\s+Running[^]*somebody-else-\S+\s+1\/1\s+Running[^]*webapp1-\S+\s+1\/1\s+Running/,
  });
  scene.shown('Nobody else had to wait, and nothing got past the operator.');
}
