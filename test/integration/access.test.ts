// SPDX-License-Identifier: Apache-2.0
// The main job on a real API server, with the operator as a process under its own service account.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ClusterRole, RoleBinding } from '../../src/controller/access/rbac-objects.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startTestCluster();
  operator = await startInstalledOperator(cluster.controlPlane);
});

afterAll(async () => {
  await operator.close();
  await cluster.stop();
});

const binding = (namespace: string, credspec: string) =>
  cluster.get<RoleBinding>(roleBindingPath(namespace, credspec));
const role = (credspec: string) => cluster.get<ClusterRole>(clusterRolePath(credspec));

/** A credspec that is Ready, with its grants. */
async function readyCredspec(allowed?: string): Promise<string> {
  const name = uniqueName('webapp');
  await cluster.applyCredspec(name, allowed === undefined ? {} : { allowed });
  await cluster.condition(name, 'Ready', { status: 'True' });
  return name;
}

describe('granting', () => {
  it('makes a ClusterRole that allows use of this one credspec, annotated or not', async () => {
    const name = await readyCredspec();
    const { metadata } = await cluster.credspec(name);
    expect(await role(name)).toMatchObject({
      metadata: {
        labels: { 'app.kubernetes.io/managed-by': 'gmsa-operator' },
        annotations: { 'gmsa-operator.io/credspec': name },
        ownerReferences: [
          {
            apiVersion: 'windows.k8s.io/v1',
            kind: 'GMSACredentialSpec',
            name,
            uid: metadata.uid,
            controller: true,
          },
        ],
      },
      rules: [
        {
          apiGroups: ['windows.k8s.io'],
          resources: ['gmsacredentialspecs'],
          resourceNames: [name],
          verbs: ['use'],
        },
      ],
    });
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
  });

  it('turns can-i from no to yes for the named service account only', async () => {
    const [namespace, elsewhere] = [
      await cluster.createNamespace(),
      await cluster.createNamespace(),
    ];
    const name = await readyCredspec();
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
    await cluster.allow(name, `${namespace}/web`);
    await cluster.condition(name, 'AccessGranted', { status: 'True', reason: 'AccessGranted' });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
    expect(await cluster.canUse(name, `${namespace}/other`)).toBe(false);
    expect(await cluster.canUse(name, `${elsewhere}/web`)).toBe(false);
  });

  it('grants a whole namespace through its group', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/*`);
    expect(await cluster.canUse(name, `${namespace}/anybody`)).toBe(true);
    expect((await binding(namespace, name))?.subjects).toEqual([
      {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Group',
        name: `system:serviceaccounts:${namespace}`,
      },
    ]);
  });

  it('puts all subjects of a namespace in one RoleBinding, sorted', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web\n${namespace}/api, ${namespace}/web`);
    expect((await binding(namespace, name))?.subjects?.map((subject) => subject.name)).toEqual([
      'api',
      'web',
    ]);
  });

  it('says in the status what is in force', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web ${namespace}/*`);
    const { status, metadata } = await cluster.credspec(name);
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      clusterRole: `gmsa-operator:${name}`,
      allowedSummary: '1 + 1 namespace',
      bindings: [{ namespace, serviceAccounts: ['web'], allServiceAccounts: true }],
    });
    const table = await cluster.kubectl('get', 'gmsacredentialspecs', name);
    expect(table.split('\n')[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'READY',
      'REASON',
      'ACCOUNT',
      'DOMAIN',
      'SERVICE-ACCOUNTS',
      'AGE',
    ]);
    expect(table).toMatch(/True\s+Ready\s+WebApp1\s+contoso.com\s+1 \+ 1 namespace/);
  });

  it('follows an annotation that does not move the generation, and tells so by its hash', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web`);
    const before = await cluster.credspec(name);
    await cluster.allow(name, `${namespace}/other`);
    const after = await waitFor('the new hash', async () => {
      const now = await cluster.credspec(name);
      return now.status?.observedAnnotationHash === before.status?.observedAnnotationHash
        ? undefined
        : now;
    });
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(await cluster.canUse(name, `${namespace}/other`)).toBe(true);
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
  });

  it('handles a credspec whose name is as long as names get', async () => {
    const namespace = await cluster.createNamespace();
    const name = `${uniqueName('long')}.`.padEnd(253, 'a.b');
    const legal = name.replace(/\.$/, 'x');
    const serviceAccount = `${'s'.repeat(63)}.`.repeat(4).slice(0, 253).replace(/\.$/, 's');
    await cluster.applyCredspec(legal, { allowed: `${namespace}/${serviceAccount}` });
    await cluster.condition(legal, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse(legal, `${namespace}/${serviceAccount}`)).toBe(true);
  });
});

describe('namespaces that come and go', () => {
  it('waits for a missing one, says so, and grants the moment it appears', async () => {
    const missing = uniqueName('missing');
    const name = await readyCredspec(`${missing}/web`);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NamespacesMissing' });
    expect((await cluster.credspec(name)).status?.missingNamespaces).toEqual([missing]);
    await cluster.kubectl('create', 'namespace', missing);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse(name, `${missing}/web`)).toBe(true);
    expect((await cluster.credspec(name)).status?.missingNamespaces).toEqual([]);
  });

  it('shows a Warning Event for a missing one in kubectl describe', async () => {
    const missing = uniqueName('missing');
    const name = await readyCredspec(`${missing}/web`);
    const text = await waitFor('the event', async () => {
      const described = await cluster.kubectl('describe', 'gmsacredentialspec', name);
      return described.includes('Warning') ? described : undefined;
    });
    expect(text).toMatch(new RegExp(`Warning\\s+NamespacesMissing.*${missing}`));
  });

  it('leaves a terminating one alone', async () => {
    const namespace = await cluster.createNamespace();
    // Without kube-controller-manager it stays Terminating for ever.
    await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
    const name = await readyCredspec(`${namespace}/web`);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NamespacesMissing' });
    expect(await binding(namespace, name)).toBeUndefined();
  });
});

describe('revoking', () => {
  it('takes away what an entry granted when the entry goes, and all when the annotation goes', async () => {
    const [a, b] = [await cluster.createNamespace(), await cluster.createNamespace()];
    const name = await readyCredspec(`${a}/web ${b}/web`);
    await cluster.allow(name, `${b}/web`);
    await waitFor('the grant to go', async () => !(await cluster.canUse(name, `${a}/web`)));
    expect(await binding(a, name)).toBeUndefined();
    expect(await cluster.canUse(name, `${b}/web`)).toBe(true);
    await cluster.allow(name, undefined);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
    expect(await binding(b, name)).toBeUndefined();
    expect(await role(name)).toBeDefined();
  });

  it('leaves nothing of a deleted credspec', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web`);
    await cluster.kubectl('delete', 'gmsacredentialspec', name);
    await waitFor('the binding to go', async () => (await binding(namespace, name)) === undefined);
    await waitFor('the role to go', async () => (await role(name)) === undefined);
  });

  it('sweeps what --cascade=orphan leaves behind', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web`);
    await cluster.kubectl('delete', 'gmsacredentialspec', name, '--cascade=orphan', '--wait=false');
    // What the garbage collector does, which does not run here.
    await cluster.client.request({
      method: 'PATCH',
      path: credspecPath(name),
      contentType: 'application/merge-patch+json',
      body: { metadata: { finalizers: null } },
    });
    await waitFor('the binding to go', async () => (await binding(namespace, name)) === undefined);
    await waitFor('the role to go', async () => (await role(name)) === undefined);
  });

  it('a recreated credspec does not inherit the old one’s grants', async () => {
    const namespace = await cluster.createNamespace();
    const name = await readyCredspec(`${namespace}/web`);
    const old = await cluster.credspec(name);
    await cluster.kubectl('delete', 'gmsacredentialspec', name);
    await cluster.applyCredspec(name);
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
    const now = await cluster.credspec(name);
    expect(now.metadata.uid).not.toBe(old.metadata.uid);
    expect(await binding(namespace, name)).toBeUndefined();
    expect((await role(name))?.metadata.ownerReferences?.[0]?.uid).toBe(now.metadata.uid);
  });
});

describe('bad input', () => {
  it.each([
    ['*/web', /\*\/web/],
    ['*/*', /\*\/\*/],
    ['web', /web/],
    ['Prod/web', /Prod\/web/],
    ['a/b/c', /a\/b\/c/],
  ])(
    'entry %s grants nothing, is named, and leaves the valid entries in force',
    async (entry, named) => {
      const namespace = await cluster.createNamespace();
      const name = uniqueName('webapp');
      await cluster.applyCredspec(name, { allowed: `${entry} ${namespace}/web` });
      const valid = await cluster.condition(name, 'Valid', {
        status: 'False',
        reason: 'InvalidAnnotation',
      });
      expect(valid.message).toMatch(named);
      await cluster.condition(name, 'Ready', { status: 'False', reason: 'InvalidAnnotation' });
      await cluster.condition(name, 'AccessGranted', { status: 'True' });
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
      const bindings = await cluster.kubectl('get', 'rolebindings', '-A', '-o', 'name');
      expect(bindings.split('\n').filter((line) => line.endsWith(`:${name}`))).toHaveLength(1);
    },
  );

  it.each([
    ['empty', {}],
    ['partial', { CmsPlugins: ['ActiveDirectory'] }],
    [
      'a million bytes',
      { ...WEBAPP1_CONTENTS, DomainJoinConfig: { DnsName: 'x'.repeat(1_000_000) } },
    ],
    [
      'ten thousand accounts',
      {
        ...WEBAPP1_CONTENTS,
        ActiveDirectoryConfig: {
          GroupManagedServiceAccounts: Array.from({ length: 10_000 }, (_, i) => ({
            Name: `account-${String(i)}`,
            Scope: 'contoso.com',
          })),
        },
      },
    ],
    [
      'no ASCII',
      {
        ...WEBAPP1_CONTENTS,
        DomainJoinConfig: { ...WEBAPP1_CONTENTS.DomainJoinConfig, Sid: 'Ünïcödé 🪟' },
      },
    ],
    [
      'for an account with its domain',
      {
        ...WEBAPP1_CONTENTS,
        DomainJoinConfig: {
          ...WEBAPP1_CONTENTS.DomainJoinConfig,
          MachineAccountName: 'CONTOSO\\WebApp1',
        },
      },
    ],
    [
      'a template',
      {
        ...WEBAPP1_CONTENTS,
        DomainJoinConfig: { ...WEBAPP1_CONTENTS.DomainJoinConfig, NetBiosName: '${NETBIOS}' },
      },
    ],
  ])(
    'contents that are %s are called invalid, and access is granted all the same',
    async (_, contents) => {
      const namespace = await cluster.createNamespace();
      const name = uniqueName('webapp');
      await cluster.applyCredspec(name, { allowed: `${namespace}/web`, contents });
      await cluster.condition(name, 'Ready', { status: 'False', reason: 'InvalidContents' });
      await cluster.condition(name, 'AccessGranted', { status: 'True' });
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
    },
  );

  it('suspicious contents are Ready with a warning', async () => {
    const name = uniqueName('webapp');
    await cluster.applyCredspec(name, {
      contents: {
        ...WEBAPP1_CONTENTS,
        DomainJoinConfig: {
          ...WEBAPP1_CONTENTS.DomainJoinConfig,
          NetBiosName: 'A-NAME-THAT-IS-TOO-LONG',
        },
      },
    });
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'ContentsSuspicious' });
    expect((await cluster.credspec(name)).status?.warnings).toHaveLength(1);
  });

  it('an annotation of 250 KB with 10,000 bad entries is told of in a few words', async () => {
    const namespace = await cluster.createNamespace();
    const name = uniqueName('webapp');
    const bad = Array.from({ length: 10_000 }, (_, i) => `Bad-${String(i)}/x`).join(' ');
    await cluster.applyCredspec(name, { allowed: `${bad} ${namespace}/web` });
    const valid = await cluster.condition(name, 'Valid', { status: 'False' });
    expect(valid.message.length).toBeLessThan(5_000);
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
  });
});
