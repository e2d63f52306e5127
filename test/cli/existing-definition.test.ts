// SPDX-License-Identifier: Apache-2.0
// The plugin on a cluster with the CustomResourceDefinition that existing ones have, AKS among them: it keeps
// no status, so the RoleBindings tell what is in force. Admission is somebody else's.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { established } from '../support/established.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';

jest.setTimeout(60_000);

const EXISTING_CRD_FILE = fileURLToPath(
  new URL('../support/fixtures/crd-existing.yaml', import.meta.url),
);
const CRD = 'customresourcedefinition/gmsacredentialspecs.windows.k8s.io';

let cluster: TestCluster;
let operator: OperatorProcess;
let gmsa: PluginKubectl;

beforeAll(async () => {
  cluster = await startTestCluster({ crd: 'leave-out' });
  gmsa = pluginOf(cluster.controlPlane);
  await cluster.kubectl('apply', '-f', EXISTING_CRD_FILE);
  await established(cluster.kubectl, [CRD]);
  operator = await startInstalledOperator(cluster.controlPlane);
});

afterAll(async () => {
  await operator.close();
  await cluster.kubectl('delete', CRD, '--ignore-not-found');
  await cluster.stop();
});

/** A kubeconfig of somebody who may change credspecs, and do what `rules` say in one namespace. */
async function granter(
  namespace: string,
  verbs: string | undefined,
  resources: string,
): Promise<string> {
  const name = uniqueName('granter');
  await createServiceAccount(cluster.client, namespace, name);
  const account = `--serviceaccount=${namespace}:${name}`;
  await cluster.kubectl(
    ...['create', 'clusterrole', name, '--verb=get,list,patch'],
    '--resource=gmsacredentialspecs.windows.k8s.io',
  );
  await cluster.kubectl('create', 'clusterrolebinding', name, `--clusterrole=${name}`, account);
  if (verbs !== undefined) {
    const rule = [`--verb=${verbs}`, `--resource=${resources}`];
    await cluster.kubectl('create', 'role', name, ...rule, '-n', namespace);
    await cluster.kubectl(
      'create',
      'rolebinding',
      name,
      `--role=${name}`,
      account,
      '-n',
      namespace,
    );
  }
  return cluster.controlPlane.serviceAccountKubeconfig(namespace, name);
}

describe('an operator at work', () => {
  it('is waited for by allow and revoke, with the rights of an administrator or of one namespace', async () => {
    const namespace = await cluster.createNamespace();
    const missing = uniqueName('missing');
    const kubeconfig = await granter(namespace, 'get', 'rolebindings.rbac.authorization.k8s.io');
    for (const options of [{}, { kubeconfig }]) {
      const name = uniqueName('web');
      await cluster.applyCredspec(name);
      const allow = ['allow', name, `${namespace}/web`, '--wait'];
      expect(await gmsa(allow, options)).toEqual({
        ...{ code: 0, stderr: '' },
        stdout: `credspec "${name}": ${namespace}/web is now allowed\nThe annotation is in force.\n`,
      });
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
      expect((await cluster.credspec(name)).status).toBeUndefined();
      expect(await gmsa(['revoke', name, `${namespace}/web`, '--wait'], options)).toEqual({
        ...{ code: 0, stderr: '' },
        stdout: `credspec "${name}": ${namespace}/web is no longer allowed\nThe annotation is in force.\n`,
      });
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
    }
    const name = uniqueName('web');
    await cluster.applyCredspec(name);
    const { code, stdout } = await gmsa(['allow', name, `${missing}/web`, '--wait']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Access is granted as soon as these namespaces exist: ${missing}.`);
  });

  it('cannot be waited for by whoever may not read RoleBindings, who is told so', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('web');
    await cluster.applyCredspec(name);
    const kubeconfig = await granter(namespace, undefined, '');
    const { code, stderr } = await gmsa(['allow', name, `${namespace}/web`, '--wait'], {
      kubeconfig,
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: the annotation .* is written; whether it is in force cannot be told: .*\nhint: .*\n$/,
    );
    const status = await gmsa(['status', name], { kubeconfig });
    expect(status.stdout).toContain('You may not read RoleBindings: ');
    expect(status.code).toBe(1);
  });

  it('is not missed by status and doctor', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('web');
    await cluster.applyCredspec(name);
    await gmsa(['allow', name, `${namespace}/web`, '--wait']);
    const { code, stdout } = await gmsa(['status', name]);
    expect(code).toBe(0);
    expect(stdout).toContain('The CustomResourceDefinition keeps no status.');
    expect(stdout).toMatch(new RegExp(`^${namespace} +web$`, 'm'));
    const all = await gmsa(['status']);
    expect(all.stdout).toMatch(
      new RegExp(`^${name} +- +no status is kept; the annotation is in force `, 'm'),
    );
    const doctor = await gmsa(['doctor']);
    expect(doctor.stdout).toContain(
      `  ok       ${name}: no status is kept; the annotation is in force\n`,
    );
    expect(doctor.stdout).not.toContain('has looked at it');
    expect(await cluster.kubectl('describe', 'gmsacredentialspec', name)).toContain('Events');
  });
});

describe('an operator that is gone', () => {
  it('is missed by all, with what is known', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('web');
    await cluster.applyCredspec(name);
    await operator.stop();
    const allow = ['allow', name, `${namespace}/web`, '--wait', '--timeout=1s'];
    const { code, stderr } = await gmsa(allow);
    expect(code).toBe(3);
    expect(stderr).toBe(
      `error: the annotation of credspec "${name}" is written, and not in force after 1 s: what is granted is not what it says in: ${namespace}\n` +
        `hint: the CustomResourceDefinition keeps no status: kubectl describe gmsacredentialspec ${name} shows what the operator says, if it is running; kubectl get leases --all-namespaces --field-selector metadata.name=gmsa-operator shows who leads\n`,
    );
    const status = await gmsa(['status', name]);
    expect(status.stdout).toContain(`Its annotation is not in force in: ${namespace}.`);
    expect(status.code).toBe(1);
    expect((await gmsa(['doctor'])).stdout).toContain(
      `  warning  ${name}: no status is kept; the annotation is not in force in: ${namespace}\n`,
    );
    const canUse = await gmsa(['can-use', name, `${namespace}/web`]);
    expect(canUse.code).toBe(1);
    expect(canUse.stdout).toContain('keeps no status that would say why');
    expect(canUse.stdout).toContain(`Next: kubectl gmsa status ${name}\n`);
  });
});
