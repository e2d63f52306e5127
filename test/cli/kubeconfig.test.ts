// SPDX-License-Identifier: Apache-2.0
// What kubectl honours of a kubeconfig and of its own flags, the plugin honours: each case is run by both.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadUserKubeConfig } from '../../src/flags/load-user-kube-config.ts';
import { createKubeClient } from '../../src/kube/client/client.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { kubectlWithPlugin, type PluginKubectl } from '../support/kubectl-plugin.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';

jest.setTimeout(60_000);

const MISSING_PLUGIN = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'not-there',
  interactiveMode: 'Never',
};

interface Kubeconfig {
  readonly clusters: readonly [{ readonly name: string; readonly cluster: Cluster }];
  readonly users: readonly [{ readonly name: string; readonly user: { readonly token: string } }];
}

interface Cluster {
  readonly server: string;
  readonly 'certificate-authority-data': string;
}

let cluster: TestCluster;
let kubectl: PluginKubectl;
let directory: string;
let admin: Kubeconfig;
let proxy: FaultProxy;
const NAME = uniqueName('webapp');

beforeAll(async () => {
  cluster = await startTestCluster();
  kubectl = kubectlWithPlugin(cluster.controlPlane);
  await cluster.applyCredspec(NAME);
  await cluster.kubectl(
    ...['create', 'clusterrole', 'reads', '--verb=get'],
    '--resource=gmsacredentialspecs.windows.k8s.io',
  );
  await cluster.kubectl(
    ...['create', 'clusterrolebinding', 'reads', '--clusterrole=reads', '--group=readers'],
  );
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  admin = JSON.parse(await readFile(cluster.controlPlane.kubeconfigPath, 'utf8')) as Kubeconfig;
  proxy = await startFaultProxy(cluster.controlPlane.kubeconfigPath, directory);
  const { token } = admin.users[0].user;
  await mkdir(join(directory, 'files'));
  await writeFile(join(directory, 'files', 'token'), `${token}\n`);
  await writeFile(join(directory, 'files', 'ca.crt'), caOf(admin));
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token },
  };
  const plugin = join(directory, 'files', 'plugin.sh');
  await writeFile(
    plugin,
    `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *'"kind":"ExecCredential"'*) ;; *) exit 1;; esac\necho '${JSON.stringify(credential)}'\n`,
  );
  await chmod(plugin, 0o755);
});

afterAll(async () => {
  await proxy.stop();
  await cluster.stop();
  await rm(directory, { recursive: true });
});

const caOf = ({ clusters }: Kubeconfig): Buffer =>
  Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');

/** The administrator's kubeconfig with another user, or another cluster. */
async function changed({
  user,
  cluster: other,
}: {
  readonly user?: object;
  readonly cluster?: object;
}): Promise<string> {
  const [{ name, cluster: own }] = admin.clusters;
  const [{ name: userName, user: ownUser }] = admin.users;
  const path = join(directory, 'files', `${uniqueName('config')}.json`);
  await writeFile(
    path,
    JSON.stringify({
      ...admin,
      clusters: [
        { name, cluster: other ?? own },
        { name: 'elsewhere', cluster: { server: 'https://127.0.0.1:1' } },
      ],
      users: [
        { name: userName, user: user ?? ownUser },
        { name: 'nobody', user: { token: 'wrong' } },
        { name: 'the-admin', user: ownUser },
      ],
    }),
  );
  return path;
}

/** Runs the same with kubectl and with the plugin. */
async function both(kubeconfig: string, flags: readonly string[] = []) {
  const options = { kubeconfig };
  return {
    kubectl: await kubectl(['get', 'gmsacredentialspecs', NAME, ...flags], options),
    gmsa: await kubectl(['gmsa', 'export', NAME, ...flags], options),
  };
}

const token = () => admin.users[0].user.token;
const server = () => admin.clusters[0].cluster.server;
const ca = () => join(directory, 'files', 'ca.crt');

describe('a kubeconfig', () => {
  it.each<readonly [string, () => Parameters<typeof changed>[0]]>([
    [
      'impersonates groups',
      () => ({ user: { token: token(), as: 'jane', 'as-groups': ['others', 'readers'] } }),
    ],
    ['has a token file beside it', () => ({ user: { tokenFile: './token' } })],
    ['prefers the token file', () => ({ user: { tokenFile: './token', token: 'wrong' } })],
    [
      'has a credential plugin beside it',
      () => ({
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: './plugin.sh',
            interactiveMode: 'Never',
          },
        },
      }),
    ],
    ['names a plain HTTP server', () => ({ cluster: { server: proxyUrl() }, user: {} })],
  ])('that %s works as with kubectl', async (_, change) => {
    const results = await both(await changed(change()));
    expect(results).toMatchObject({ kubectl: { code: 0 }, gmsa: { code: 0, stderr: '' } });
    expect(results.gmsa.stdout).toContain('WebApp1');
  });

  it('that impersonates somebody without rights is refused as with kubectl', async () => {
    const results = await both(await changed({ user: { token: token(), as: 'jane' } }));
    expect(results.kubectl.code).toBe(1);
    expect(results.gmsa.code).toBe(3);
    expect(results.gmsa.stderr).toContain('User "jane" cannot get');
  });

  it('sends groups, UID and extra values, each as it is', async () => {
    const path = await changed({
      user: {
        token: token(),
        as: 'jane',
        'as-uid': 'u-1',
        'as-groups': ['a', 'b'],
        'as-user-extra': { 'example.com/scopes': ['view', 'edit'] },
      },
    });
    expect(await whoami({ kubeconfig: path })).toEqual({
      username: 'jane',
      uid: 'u-1',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'example.com/scopes': ['view', 'edit'] },
    });
    expect(
      await whoami({
        kubeconfig: await changed({}),
        ...{ as: 'joe', asUid: 'u-2', asGroups: ['c'], asUserExtra: ['k=1', 'k=2=3'] },
      }),
    ).toEqual({
      ...{ username: 'joe', uid: 'u-2', groups: ['c', 'system:authenticated'] },
      extra: { k: ['1', '2=3'] },
    });
  });

  it('that wants groups without a user is refused as with kubectl', async () => {
    const results = await both(await changed({ user: { token: token(), 'as-groups': ['a'] } }));
    expect(results.kubectl.code).toBe(1);
    expect(results.gmsa.code).toBe(3);
    expect(results.gmsa.stderr).toContain('without a user: add as, or give --as\n');
  });

  it('says how to install the credential plugin that is missing', async () => {
    const installHint = 'Install kubelogin: https://example.com/kubelogin';
    const exec = { ...MISSING_PLUGIN, installHint };
    const results = await both(await changed({ user: { exec } }));
    expect(results.kubectl.stderr).toContain(installHint);
    expect(results.gmsa).toMatchObject({
      code: 3,
      stderr: `error: the credential plugin "not-there" of the kubeconfig is not installed\nhint: ${installHint}\n`,
    });
  });
});

describe("kubectl's flag", () => {
  it.each<readonly [string, () => readonly string[], Parameters<typeof changed>[0]?]>([
    ['--as --as-group', () => ['--as=jane', '--as-group=others', '--as-group', 'readers']],
    ['--as-uid', () => ['--as=jane', '--as-group=readers', '--as-uid=u-1']],
    ['--cluster', () => [`--cluster=${admin.clusters[0].name}`]],
    ['--user', () => ['--user=the-admin'], { user: { token: 'wrong' } }],
    ['--token', () => [`--token=${token()}`], { user: { exec: MISSING_PLUGIN } }],
    [
      '--server',
      () => [`--server=${server()}`, `--certificate-authority=${ca()}`],
      { cluster: { server: 'https://127.0.0.1:1' } },
    ],
    [
      '--insecure-skip-tls-verify',
      () => ['-s', server(), '--insecure-skip-tls-verify'],
      { cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'eA==' } },
    ],
    ['--tls-server-name', () => ['--tls-server-name=kubernetes.default.svc']],
    ['--request-timeout', () => ['--request-timeout=30s']],
    ['--request-timeout in seconds', () => ['--request-timeout', '30']],
    ['-v', () => ['-v=1']],
    ['--cache-dir', () => [`--cache-dir=${directory}`]],
  ])('%s does what it does', async (_, flags, change = {}) => {
    const results = await both(await changed(change), flags());
    expect(results).toMatchObject({ kubectl: { code: 0 }, gmsa: { code: 0, stderr: '' } });
  });

  it.each<readonly [string, readonly string[], string]>([
    ['--as', ['--as=jane'], 'User "jane" cannot get'],
    ['--as-group without --as', ['--as-group=readers'], 'give --as'],
    ['--cluster', ['--cluster=no'], '--cluster: the kubeconfig has no cluster "no"'],
    ['--user', ['--user=no'], '--user: the kubeconfig has no user "no"'],
    ['--user', ['--user=nobody'], 'the API server does not know who you are'],
    ['--cluster', ['--cluster=elsewhere'], 'cannot reach the API server'],
    ['--token', ['--token=wrong'], 'the API server does not know who you are'],
    ['--tls-server-name', ['--tls-server-name=wrong.example'], 'wrong.example'],
    ['--request-timeout', ['--request-timeout=1ms'], 'no answer within 0.001 s'],
  ])('%s fails where it fails: %j', async (_, flags, why) => {
    const results = await both(await changed({}), flags);
    expect(results.kubectl.code).toBe(1);
    expect(results.gmsa.code).toBe(3);
    expect(results.gmsa.stderr).toContain(why);
  });

  it('--server needs no kubeconfig', async () => {
    const flags = [`--server=${server()}`, `--certificate-authority=${ca()}`, `--token=${token()}`];
    const env = { KUBECONFIG: '', HOME: directory };
    expect((await kubectl(['get', 'gmsacredentialspecs', NAME, ...flags], { env })).code).toBe(0);
    expect((await kubectl(['gmsa', 'export', NAME, ...flags], { env })).code).toBe(0);
  });

  it('-v=6 shows the requests on stderr', async () => {
    const { gmsa } = await both(await changed({}), ['-v=6']);
    expect(gmsa.stderr).toContain(`/apis/windows.k8s.io/v1/gmsacredentialspecs/${NAME} 200\n`);
  });
});

function proxyUrl(): string {
  const { port } = new URL(proxyServer());
  return `http://127.0.0.1:${port}`;
}

function proxyServer(): string {
  const { kubeConfig } = loadUserKubeConfig({
    kubeconfig: proxy.kubeconfigPath,
    context: undefined,
    env: {},
  });
  return kubeConfig.getCurrentCluster()?.server ?? '';
}

async function whoami(
  options: Omit<Parameters<typeof loadUserKubeConfig>[0], 'context' | 'env'>,
): Promise<unknown> {
  const { kubeConfig } = loadUserKubeConfig({ ...options, context: undefined, env: {} });
  const client = await createKubeClient(kubeConfig, { userAgent: 'gmsa-operator-test' });
  try {
    const review = await client.request<{ status: { userInfo: unknown } }>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    return review.status.userInfo;
  } finally {
    client.close();
  }
}
