// SPDX-License-Identifier: Apache-2.0
// Installations that must not be: each says why and what to do, and leaves the cluster as it was.
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { established } from '../support/established.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Helm, type HelmResult, NAMESPACE, RELEASE, startHelm } from './helm.ts';
import { type Installation, installationIn, startInstallation } from './installation.ts';

jest.setTimeout(60_000);

const CRD = 'gmsacredentialspecs.windows.k8s.io';
const EXISTING_CRD = fileURLToPath(
  new URL('../support/fixtures/crd-existing.yaml', import.meta.url),
);
const PLAIN_MANIFESTS = fileURLToPath(new URL('../../config/default', import.meta.url));

let own: Installation;

beforeAll(async () => {
  own = await startInstallation({ controllers: true });
});

afterAll(() => own.stop());

const kubectl = (...args: readonly string[]): Promise<string> => own.cluster.kubectl(...args);

/** Kinds of which an installation could have written something. */
const WRITABLE = [
  'api/v1/namespaces',
  'api/v1/secrets',
  'api/v1/serviceaccounts',
  'api/v1/services',
  'apis/apps/v1/deployments',
  'apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  'apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  'apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  'apis/networking.k8s.io/v1/networkpolicies',
  'apis/policy/v1/poddisruptionbudgets',
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map(
    (resource) => `apis/rbac.authorization.k8s.io/v1/${resource}`,
  ),
];

interface Listed {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
  };
}

/** All objects of those kinds: the same list, the same cluster. */
async function everything(): Promise<readonly string[]> {
  const { client } = own.cluster;
  const lists = await Promise.all(
    WRITABLE.map(async (kind) => {
      const path = `/${kind}`;
      const { items } = await client.request<{ items: readonly Listed[] }>({ method: 'GET', path });
      return items.map(({ metadata: { name, namespace = '', uid, generation = 0 } }) =>
        [kind, namespace, name, uid, generation].join(' '),
      );
    }),
  );
  return lists.flat();
}

/** What Helm says of an installation that fails and changes nothing. */
async function refusal(install: () => Promise<HelmResult>): Promise<string> {
  const before = await everything();
  const { code, stderr } = await install();
  expect(code).toBe(1);
  expect(await everything()).toEqual(before);
  return stderr;
}

describe('where it is installed already', () => {
  afterEach(async () => {
    await own.uninstall();
  });

  it('a second release is refused, under whatever name', async () => {
    expect(await own.install()).toMatchObject({ code: 0 });
    expect(await refusal(() => own.install())).toContain(
      'cannot reuse a name that is still in use',
    );
    for (const names of [
      { release: 'second', namespace: NAMESPACE, fullname: 'second-gmsa-operator' },
      { release: RELEASE, namespace: 'default', fullname: RELEASE },
    ]) {
      const second = installationIn(own, names);
      expect(await refusal(() => second.install())).toContain(
        `gmsa-operator is installed in this cluster already, and belongs to the release "${RELEASE}" in namespace "${NAMESPACE}". There can be one in a cluster`,
      );
    }
  });

  it('from the plain manifests, a release is refused', async () => {
    await kubectl('apply', '-k', PLAIN_MANIFESTS);
    const second = installationIn(own, { release: 'second', namespace: 'default', fullname: '' });
    expect(await refusal(() => second.install())).toContain(
      'gmsa-operator is installed in this cluster already, and belongs to no release of Helm',
    );
    await kubectl('delete', '-k', PLAIN_MANIFESTS);
  });
});

describe('where the CustomResourceDefinition is there already', () => {
  const credspec = uniqueName('webapp');

  async function uidOf(...object: readonly string[]): Promise<string> {
    return kubectl('get', ...object, '-o', 'jsonpath={.metadata.uid}');
  }

  const shortNames = () => kubectl('get', 'crd', CRD, '-o', 'jsonpath={.spec.names.shortNames}');

  afterEach(async () => {
    await own.uninstall();
    await kubectl('delete', 'crd', CRD, '--ignore-not-found');
  });

  it.each([
    ['to no release of Helm', []],
    [
      'to the release "windows-gmsa-crd" in namespace "cattle-system"',
      [
        ...['app.kubernetes.io/managed-by=Helm'],
        ...['meta.helm.sh/release-name=windows-gmsa-crd'],
        ...['meta.helm.sh/release-namespace=cattle-system'],
      ],
    ],
  ])('and belongs %s, both ways out are told, and work', async (owner, [label, ...annotations]) => {
    await kubectl('apply', '-f', EXISTING_CRD);
    await established(kubectl, ['crd', CRD]);
    if (label !== undefined) {
      await kubectl('label', 'crd', CRD, label);
      await kubectl('annotate', 'crd', CRD, ...annotations);
    }
    await own.cluster.applyCredspec(credspec);
    const uid = await uidOf('gmsacredentialspec', credspec);

    const message = await refusal(() => own.install());
    expect(message).toContain(`${CRD} already, and it belongs ${owner}`);
    expect(message).toContain('--set crds.enabled=false');
    const [adopting] = /--set crds.adopt=true .*/.exec(message) ?? [];

    const crd = await uidOf('crd', CRD);
    expect(await own.install({ crds: { enabled: false } })).toMatchObject({ code: 0, stderr: '' });
    expect(await shortNames()).toBe('');
    expect(await own.uninstall()).toMatchObject({ code: 0 });

    expect(await own.install({}, adopting?.split(' '))).toMatchObject({ code: 0, stderr: '' });
    expect(await shortNames()).toBe('["gmsa"]');
    expect(await own.uninstall()).toMatchObject({ code: 0 });
    expect([await uidOf('crd', CRD), await uidOf('gmsa', credspec)]).toEqual([crd, uid]);
  });

  it('it is removed with the release where that is wanted', async () => {
    expect(await own.install({ crds: { keep: false } })).toMatchObject({ code: 0 });
    expect(await own.uninstall()).toMatchObject({ code: 0 });
    expect(await kubectl('get', 'crds', '-o', 'name')).not.toContain(CRD);
  });
});

describe('without the rights', () => {
  let helm: Helm;
  const namespace = uniqueName('team');

  beforeAll(async () => {
    await kubectl('create', 'namespace', namespace);
    await kubectl('create', 'serviceaccount', 'ann', '-n', namespace);
    const { controlPlane } = own.cluster;
    helm = await startHelm(await controlPlane.serviceAccountKubeconfig(namespace, 'ann'));
    // Those of a namespace, which are not enough.
    await kubectl(
      ...['create', 'rolebinding', 'ann', '-n', namespace, '--clusterrole=admin'],
      `--serviceaccount=${namespace}:ann`,
    );
    const canWrite = ['auth', 'can-i', 'create', 'deployments', '-n', namespace];
    const ann = `--as=system:serviceaccount:${namespace}:ann`;
    await waitFor('the role admin', async () => {
      const { stdout } = await controlPlane.kubectl([...canWrite, ann]);
      return stdout.startsWith('yes');
    });
  });

  afterAll(() => helm.close());

  const installAs = (args: readonly string[] = []) =>
    installationIn({ ...own, helm }, { release: RELEASE, namespace, fullname: RELEASE }).install(
      {},
      args,
    );

  it('on the cluster, nothing is begun', async () => {
    const message = await refusal(installAs);
    expect(message).toMatch(
      /"gmsa-operator-confinement" is forbidden: User "system:serviceaccount:team-\w+:ann" cannot get resource/,
    );
  });

  it('to write what can be read, nothing is left behind with --rollback-on-failure', async () => {
    await kubectl(
      ...['create', 'clusterrole', 'reader', '--verb=get,list,watch', '--resource=*.*'],
    );
    await kubectl(
      ...['create', 'clusterrolebinding', 'reader', '--clusterrole=reader'],
      `--serviceaccount=${namespace}:ann`,
    );
    const message = await refusal(() => installAs(['--rollback-on-failure']));
    expect(message).toMatch(/is forbidden: User "system:serviceaccount:team-\w+:ann" cannot/);
  });
});

describe('on a Kubernetes that is too old', () => {
  let directory: string;
  let proxy: FaultProxy;
  let helm: Helm;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-old-'));
    proxy = await startFaultProxy(own.cluster.controlPlane.kubeconfigPath, directory);
    // The one here is new enough; all that it says of itself is another version.
    proxy.spoil(({ url }) =>
      url.startsWith('/version')
        ? { type: 'answer', code: 200, body: { major: '1', minor: '29', gitVersion: 'v1.29.14' } }
        : undefined,
    );
    helm = await startHelm(proxy.kubeconfigPath);
  });

  afterAll(async () => {
    await helm.close();
    await proxy.stop();
    await rm(directory, { recursive: true });
  });

  it('nothing is written', async () => {
    const message = await refusal(() => installationIn({ ...own, helm }).install());
    expect(message).toContain(
      'chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.14',
    );
    expect(proxy.writes()).toEqual([]);
  });
});

it('with values that are wrong, nothing is written', async () => {
  const values = { replicaCount: 'two', admission: { prot: 9443 } };
  const message = await refusal(() => own.install(values));
  expect(message).toContain("at '/replicaCount': got string, want integer");
  expect(message).toContain("at '/admission': additional properties 'prot' not allowed");
});
