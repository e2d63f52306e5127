// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readServiceAccountNamespace } from './in-cluster-config.ts';
import { loadKubeConfig } from './load-kube-config.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'load-kube-config-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

function kubeconfig(
  name: string,
  { current = name, server = `https://${name}:6443` } = {},
): string {
  return write(
    `${name}.yaml`,
    `apiVersion: v1
kind: Config
current-context: ${current}
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
clusters: [{name: ${name}, cluster: {server: "${server}", certificate-authority: ca.crt}}]
users: [{name: ${name}, user: {token: secret}}]
`,
  );
}

/** A file system as a pod sees it. */
function pod({ token = true } = {}): string {
  const root = mkdtempSync(join(directory, 'pod-'));
  const volume = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(volume, { recursive: true });
  if (token) writeFileSync(join(volume, 'token'), 'token');
  writeFileSync(join(volume, 'ca.crt'), 'ca');
  writeFileSync(join(volume, 'namespace'), 'gmsa\n');
  return root;
}

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

function server(...args: Parameters<typeof loadKubeConfig>): string | undefined {
  return loadKubeConfig(...args).getCurrentCluster()?.server;
}

describe('loadKubeConfig', () => {
  it('prefers --kubeconfig to the pod, and the pod to $KUBECONFIG', () => {
    const [a, b] = [kubeconfig('a'), kubeconfig('b')];
    const root = pod();
    const env = { ...IN_CLUSTER, KUBECONFIG: b };
    expect(server({ kubeconfig: a, env, root })).toBe('https://a:6443');
    expect(server({ kubeconfig: undefined, env, root })).toBe('https://10.0.0.1:443');
    expect(server({ kubeconfig: undefined, env: { KUBECONFIG: b }, root })).toBe('https://b:6443');
  });

  it('uses the files of the service account volume, as they are rotated', () => {
    const root = pod();
    const config = loadKubeConfig({
      kubeconfig: undefined,
      env: { ...IN_CLUSTER, KUBERNETES_SERVICE_HOST: 'fd00::1' },
      root,
    });
    expect(config.getCurrentCluster()).toMatchObject({
      server: 'https://[fd00::1]:443',
      caFile: `${root}/var/run/secrets/kubernetes.io/serviceaccount/ca.crt`,
      skipTLSVerify: false,
    });
    expect(config.getCurrentUser()).toMatchObject({
      authProvider: {
        config: { tokenFile: `${root}/var/run/secrets/kubernetes.io/serviceaccount/token` },
      },
    });
  });

  it('resolves the paths in a kubeconfig against its folder', () => {
    expect(
      loadKubeConfig({ kubeconfig: kubeconfig('a'), env: {} }).getCurrentCluster()?.caFile,
    ).toBe(join(directory, 'ca.crt'));
  });

  it('merges the files of $KUBECONFIG as kubectl does', () => {
    const first = kubeconfig('first', { current: '""' });
    const again = write(
      'again.yaml',
      `current-context: first
clusters: [{name: first, cluster: {server: "https://other:6443"}}]
`,
    );
    const KUBECONFIG = ['/does/not/exist', first, again].join(delimiter);
    expect(server({ kubeconfig: undefined, env: { KUBECONFIG } })).toBe('https://first:6443');
  });

  it('falls back to nothing', () => {
    expect(() => loadKubeConfig({ kubeconfig: undefined, env: { HOME: directory } })).toThrow(
      'cannot tell which cluster to work on: this is no pod (KUBERNETES_SERVICE_HOST is not set), and neither --kubeconfig nor the environment variable KUBECONFIG is given',
    );
  });

  it('tells when a pod has no token', () => {
    const root = pod({ token: false });
    expect(() => loadKubeConfig({ kubeconfig: undefined, env: IN_CLUSTER, root })).toThrow(
      'this pod has no service account token (/var/run/secrets/kubernetes.io/serviceaccount/token is missing: is automountServiceAccountToken off?)',
    );
    const env = { ...IN_CLUSTER, KUBECONFIG: kubeconfig('a') };
    expect(server({ kubeconfig: undefined, env, root })).toBe('https://a:6443');
  });

  it.each([
    ['{}', 'names no current-context (there are: none); set one with: kubectl config use-context'],
    ['', 'not a kubeconfig: '],
    ['current-context: x', 'has no context "x", which is its current-context'],
    ['contexts: [{name: a, context: {cluster: a}}]', '(there are: a)'],
    [
      '{current-context: a, contexts: [{name: a, context: {cluster: b}}]}',
      'has no cluster "b", which its context "a" uses',
    ],
    [
      '{current-context: a, contexts: [{name: a, context: {cluster: a, user: u}}], clusters: [{name: a, cluster: {server: "https://a"}}]}',
      'has no user "u", whom its context "a" uses',
    ],
    [
      '{current-context: a, contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {server: "localhost:8080"}}]}',
      'the server of cluster "a" is not a URL',
    ],
    ['clusters: [{name: a}]', 'not a kubeconfig: clusters[0].cluster is missing'],
    ['{', 'not a kubeconfig: '],
    ['just text', 'names no current-context'],
  ])('says what is wrong with a file that reads %j', (text, why) => {
    const file = write('wrong.yaml', text);
    expect(() => loadKubeConfig({ kubeconfig: file, env: {} })).toThrow(why);
    expect(() => loadKubeConfig({ kubeconfig: file, env: {} })).toThrow('--kubeconfig');
    expect(() => loadKubeConfig({ kubeconfig: undefined, env: { KUBECONFIG: file } })).toThrow(
      'KUBECONFIG',
    );
  });

  it('says which file it cannot read', () => {
    expect(() => loadKubeConfig({ kubeconfig: '/does/not/exist', env: {} })).toThrow(
      '--kubeconfig: cannot read /does/not/exist: no such file',
    );
    expect(() => loadKubeConfig({ kubeconfig: directory, env: {} })).toThrow(
      `--kubeconfig: cannot read ${directory}: EISDIR`,
    );
    const KUBECONFIG = ['/no/a', '/no/b'].join(delimiter);
    expect(() => loadKubeConfig({ kubeconfig: undefined, env: { KUBECONFIG } })).toThrow(
      'KUBECONFIG: none of these files exists: /no/a, /no/b',
    );
  });
});

describe('readServiceAccountNamespace', () => {
  it('reads the namespace of a pod, and knows when there is none', () => {
    expect(readServiceAccountNamespace(pod())).toBe('gmsa');
    expect(readServiceAccountNamespace(join(directory, 'nowhere'))).toBeUndefined();
  });
});
