// SPDX-License-Identifier: Apache-2.0
// `allow`, `revoke` and `can-use` with the operator on a real API server.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../src/api/credspec.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let operator: OperatorProcess;
let gmsa: PluginKubectl;

beforeAll(async () => {
  cluster = await startTestCluster();
  operator = await startInstalledOperator(cluster.controlPlane);
  gmsa = pluginOf(cluster.controlPlane);
});

afterAll(async () => {
  await operator.close();
  await cluster.stop();
});

async function credspec(allowed?: string): Promise<string> {
  const name = uniqueName('web');
  await cluster.applyCredspec(name, allowed === undefined ? {} : { allowed });
  return name;
}

const annotation = async (name: string): Promise<string | undefined> =>
  (await cluster.credspec(name)).metadata.annotations?.[ANNOTATION];

/** All of a credspec but what a change of the annotation has to change, and what the operator says. */
async function restOf(name: string): Promise<unknown> {
  const copy: object = JSON.parse(JSON.stringify(await cluster.credspec(name))) as object;
  const { metadata } = copy as { readonly metadata: { readonly annotations?: object } };
  for (const field of ['resourceVersion', 'managedFields']) {
    expect(Reflect.deleteProperty(metadata, field)).toBe(true);
  }
  Reflect.deleteProperty(metadata.annotations ?? {}, ANNOTATION);
  Reflect.deleteProperty(copy, 'status');
  return copy;
}

describe('allow and revoke', () => {
  it('wait until the access is there, and until it is gone', async () => {
    const namespace = await cluster.createNamespace();
    const name = await credspec();
    const allowed = await gmsa(['allow', name, `${namespace}/web`, '--wait']);
    expect(allowed).toEqual({
      code: 0,
      stdout: `credspec "${name}": ${namespace}/web is now allowed\nThe annotation is in force.\n`,
      stderr: '',
    });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
    const revoked = await gmsa(['revoke', name, `${namespace}/web`, '--wait']);
    expect(revoked).toEqual({
      code: 0,
      stdout: `credspec "${name}": ${namespace}/web is no longer allowed\nThe annotation is in force.\n`,
      stderr: '',
    });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
    expect(await annotation(name)).toBeUndefined();
  });

  it('tell of namespaces that do not exist yet', async () => {
    const missing = uniqueName('missing');
    const name = await credspec('other-missing/web');
    const { stdout } = await gmsa(['allow', name, `${missing}/web`, '--wait']);
    expect(stdout.split('\n').at(-2)).toBe(
      `Access is granted as soon as these namespaces exist: ${missing}.`,
    );
  });

  it('change the annotation and nothing else, in the form that it has', async () => {
    const name = await credspec('a/b,\n  c/d\n');
    const before = await restOf(name);
    await gmsa(['allow', name, 'e/f', 'g/*']);
    expect(await annotation(name)).toBe('a/b,\n  c/d,\n  e/f,\n  g/*\n');
    await gmsa(['revoke', name, 'c/d', 'g/*']);
    expect(await annotation(name)).toBe('a/b,\n  e/f\n');
    expect(await restOf(name)).toEqual(before);
    const owners = await cluster.kubectl(
      ...[
        'get',
        'gmsa',
        name,
        '--show-managed-fields',
        '-o',
        'jsonpath={.metadata.managedFields[*].manager}',
      ],
    );
    expect(owners.split(' ')).toContain('kubectl-gmsa');
  });

  it('lose nothing where many change one credspec at the same time', async () => {
    const name = await credspec();
    const entries = Array.from({ length: 6 }, (_, i) => `ns-${i}/web`);
    const results = await Promise.all(entries.map((entry) => gmsa(['allow', name, entry])));
    expect(results.map(({ code }) => code)).toEqual(entries.map(() => 0));
    expect((await annotation(name))?.split(', ').sort()).toEqual(entries);
  });

  it.each(['client', 'server'])('write nothing with --dry-run=%s', async (mode) => {
    const name = await credspec('a/b');
    const { metadata } = await cluster.credspec(name);
    const { code, stdout } = await gmsa(['allow', name, 'c/d', `--dry-run=${mode}`]);
    expect(code).toBe(0);
    const told = mode === 'server' ? 'server dry run' : 'dry run';
    expect(stdout).toBe(`credspec "${name}": c/d is now allowed (${told})\n`);
    expect((await cluster.credspec(name)).metadata.annotations).toEqual(metadata.annotations);
  });

  it('learn with --dry-run=server what the API server would refuse', async () => {
    const name = await credspec();
    const kubeconfig = await reader();
    const client = await gmsa(['allow', name, 'c/d', '--dry-run=client'], { kubeconfig });
    expect(client.code).toBe(0);
    const server = await gmsa(['allow', name, 'c/d', '--dry-run=server'], { kubeconfig });
    expect(server.code).toBe(3);
    expect(server.stderr).toMatch(/^error: you may not do this: .* cannot patch .*\nhint: .*\n$/);
  });

  it('leave to Argo CD and Flux what is theirs, say what to edit, and obey --force', async () => {
    const name = await credspec('a/b');
    await cluster.kubectl(
      ...['label', 'gmsa', name, 'kustomize.toolkit.fluxcd.io/name=apps'],
      'kustomize.toolkit.fluxcd.io/namespace=flux-system',
    );
    const refused = await gmsa(['allow', name, 'c/d']);
    expect(refused).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: credspec "${name}" is managed by Flux (Kustomization flux-system/apps), which would undo this\nhint: set metadata.annotations["${ANNOTATION}"] to "a/b, c/d" at its source (kubectl gmsa allow --file edits a YAML file); --force changes the cluster all the same\n`,
    });
    expect(await annotation(name)).toBe('a/b');
    expect((await gmsa(['allow', name, 'a/b'])).code).toBe(0);
    expect((await gmsa(['allow', name, 'c/d', '--force'])).code).toBe(0);
    expect(await annotation(name)).toBe('a/b, c/d');
  });

  it('leave to kubectl apply what its file has, and obey --force', async () => {
    const name = uniqueName('web');
    const file = (annotations: object) => ({
      ...{ apiVersion: 'windows.k8s.io/v1', kind: 'GMSACredentialSpec' },
      ...{ metadata: { name, annotations }, credspec: WEBAPP1_CONTENTS },
    });
    // The file has no entries: the next apply leaves alone what is written beside it.
    await cluster.apply(file({}));
    expect((await gmsa(['allow', name, 'shop/web'])).code).toBe(0);
    await cluster.apply(file({}));
    expect(await annotation(name)).toBe('shop/web');

    await cluster.apply(file({ [ANNOTATION]: 'shop/web' }));
    expect(await gmsa(['allow', name, 'shop/other'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: credspec "${name}" is managed by kubectl apply, which would undo this\nhint: set metadata.annotations["${ANNOTATION}"] to "shop/web, shop/other" at its source (kubectl gmsa allow --file edits a YAML file); --force changes the cluster all the same\n`,
    });
    expect((await gmsa(['revoke', name, 'shop/web'])).code).toBe(3);
    expect((await gmsa(['allow', name, 'shop/other', '--force'])).code).toBe(0);
    expect(await annotation(name)).toBe('shop/web, shop/other');
    // It is as the file has it again.
    expect((await gmsa(['revoke', name, 'shop/other'])).code).toBe(0);
    expect(await annotation(name)).toBe('shop/web');
  });

  it('say what they did to programs', async () => {
    const name = await credspec('a/*');
    const { stdout, code } = await gmsa(['revoke', name, 'a/b', '-o', 'json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      credspec: name,
      annotation: 'a/*',
      changed: false,
      entries: [{ entry: 'a/b', outcome: 'still-covered', by: 'a/*' }],
      inForce: false,
    });
  });
});

describe('can-use', () => {
  it('says no with the command that makes it yes, and yes with the binding', async () => {
    const namespace = await cluster.createNamespace();
    await createServiceAccount(cluster.client, namespace, 'web');
    const name = await credspec();
    const question = ['can-use', name, `${namespace}/web`];
    const command = `kubectl gmsa allow ${name} ${namespace}/web`;
    expect(await gmsa(question)).toEqual({
      ...{ code: 1, stderr: '' },
      stdout: `no\nThis would allow it: ${command}\n`,
    });
    await gmsa([...command.split(' ').slice(2), '--wait']);
    const { code, stdout } = await gmsa(question);
    expect(code).toBe(0);
    const [through, role] = [
      `RoleBinding ${namespace}/gmsa-operator:${name}`,
      `ClusterRole gmsa-operator:${name}`,
    ];
    expect(stdout).toBe(
      [
        'yes',
        '',
        `${'THROUGH'.padEnd(through.length)}   ${'ROLE'.padEnd(role.length)}   FOR`,
        `${through}   ${role}   ServiceAccount ${namespace}/web`,
        '',
      ].join('\n'),
    );
  });

  it('finds what others have bound, and tells of service accounts that are not there', async () => {
    const namespace = await cluster.createNamespace();
    const name = await credspec();
    const role = uniqueName('users-of-all');
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [{ apiGroups: ['windows.k8s.io'], resources: ['*'], verbs: ['use'] }],
    });
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', role, `--clusterrole=${role}`],
      `--group=system:serviceaccounts:${namespace}`,
    );
    const { stdout } = await gmsa(['can-use', name, `${namespace}/typo`, '-o', 'json']);
    const answer = JSON.parse(stdout) as { readonly reason: string };
    expect(answer.reason).toContain(role);
    expect(answer).toMatchObject({
      allowed: true,
      serviceAccountExists: false,
      grants: [
        {
          kind: 'ClusterRoleBinding',
          name: role,
          role: { kind: 'ClusterRole', name: role },
          subject: `Group system:serviceaccounts:${namespace}`,
        },
      ],
    });
  });

  it('answers whoever may ask and not look at bindings, in the words of the API server', async () => {
    const namespace = await cluster.createNamespace();
    const name = await credspec(`${namespace}/web`);
    await cluster.condition(name, 'AccessGranted', { status: 'True', reason: 'AccessGranted' });
    const { stdout, code } = await gmsa(['can-use', name, `${namespace}/web`], {
      kubeconfig: await reader(),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^yes\nRBAC: allowed by RoleBinding "gmsa-operator:/);
    expect(stdout).toMatch(/You may not read all clusterrolebindings and rolebindings/);
  });

  it('says what keeps the annotation from being in force, and where to look', async () => {
    const namespace = await cluster.createNamespace();
    const missing = uniqueName('missing');
    const name = uniqueName('web');
    const said = async (reason: string): Promise<string> => {
      const { status } = await cluster.credspec(name);
      const granted = status?.conditions?.find(({ type }) => type === 'AccessGranted');
      expect(granted?.reason).toBe(reason);
      return `${reason}: ${granted?.message ?? ''}`;
    };
    // Somebody else's, under the name that the operator would need.
    await cluster.kubectl(
      ...['create', 'rolebinding', `gmsa-operator:${name}`, '--clusterrole=view'],
      ...['--serviceaccount=default:default', '-n', namespace],
    );
    await cluster.applyCredspec(name, { allowed: `${namespace}/*` });
    await cluster.condition(name, 'AccessGranted', { status: 'False', reason: 'Conflict' });
    const asked = async (serviceAccount: string): Promise<unknown> => {
      const { stdout, code } = await gmsa(['can-use', name, serviceAccount, '-o', 'json']);
      expect(code).toBe(1);
      return JSON.parse(stdout);
    };
    expect(await asked(`${namespace}/web`)).toMatchObject({
      notInForce: { entry: `${namespace}/*`, why: await said('Conflict') },
      command: `kubectl gmsa status ${name}`,
    });
    await cluster.allow(name, `${missing}/web`);
    const granted = { status: 'True', reason: 'NamespacesMissing' };
    await cluster.condition(name, 'AccessGranted', granted);
    expect(await asked(`${missing}/web`)).toMatchObject({
      notInForce: { entry: `${missing}/web`, why: await said('NamespacesMissing') },
      command: `kubectl create namespace ${missing}`,
    });
    await operator.stop();
    await cluster.allow(name, `${namespace}/web, ${namespace}/api`);
    expect(await asked(`${namespace}/api`)).toMatchObject({
      notInForce: { why: expect.stringContaining('has not looked at the credential spec since') },
      command: 'kubectl gmsa doctor',
    });
    operator = await startInstalledOperator(cluster.controlPlane);
  });

  it('advises no entry that it would refuse itself', async () => {
    const { code, stderr } = await gmsa(['can-use', 'x', 'web']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\nhint: write namespace\/name, or the name alone with --namespace\n$/);
  });

  it('asks about no credspec that does not exist, and about no group', async () => {
    expect((await gmsa(['can-use', 'missing', 'a/b'])).stderr).toMatch(/no credspec "missing"/);
    expect(await gmsa(['can-use', 'x', 'a/*'])).toMatchObject({ code: 2 });
  });
});

/** A kubeconfig of somebody who may read credspecs and ask who may what, and nothing else. */
async function reader(): Promise<string> {
  const namespace = await cluster.createNamespace('reader');
  await createServiceAccount(cluster.client, namespace, 'reader');
  await cluster.kubectl(
    ...['create', 'clusterrole', namespace, '--verb=get,create'],
    '--resource=gmsacredentialspecs.windows.k8s.io,subjectaccessreviews.authorization.k8s.io',
  );
  await cluster.kubectl(
    ...['create', 'clusterrolebinding', namespace, `--clusterrole=${namespace}`],
    `--serviceaccount=${namespace}:reader`,
  );
  return cluster.controlPlane.serviceAccountKubeconfig(namespace, 'reader');
}

describe('status', () => {
  it('names the bindings that others have made, beside an annotation that allows nobody', async () => {
    const namespace = await cluster.createNamespace();
    const name = await credspec();
    await cluster.condition(name, 'AccessGranted', { status: 'True' });
    await cluster.kubectl(
      ...['create', 'rolebinding', 'own', `--clusterrole=gmsa-operator:${name}`],
      ...[`--serviceaccount=${namespace}:other`, '--namespace', namespace],
    );
    const { stdout } = await gmsa(['status', name]);
    expect(stdout).toMatch(
      /^AccessGranted +True +NoServiceAccounts +The annotation \S+ allows no service account /m,
    );
    expect(stdout).toContain('\nIts annotation allows nobody: ');
    expect(stdout).toMatch(
      new RegExp(`^RoleBinding ${namespace}/own +ServiceAccount ${namespace}/other$`, 'm'),
    );

    await createServiceAccount(cluster.client, namespace, 'reader');
    await cluster.kubectl(
      ...['create', 'clusterrole', name, '--verb=get,list'],
      '--resource=gmsacredentialspecs.windows.k8s.io',
    );
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', name, `--clusterrole=${name}`],
      `--serviceaccount=${namespace}:reader`,
    );
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(namespace, 'reader');
    expect((await gmsa(['status', name], { kubeconfig })).stdout).toContain(
      '\nYou are not allowed to list rolebindings and clusterrolebindings: access that others have granted there is left out.\n',
    );
  });
});
