// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadUserKubeConfig, type UserKubeConfig } from './load-user-kube-config.ts';

let directory: string;
let home: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'load-user-kube-config-'));
  home = join(directory, 'home');
  mkdirSync(join(home, '.kube'), { recursive: true });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A kubeconfig with the contexts `<name>` and `<name>-2`, in the namespace `<name>-ns` and in none. */
function kubeconfig(name: string, file = join(directory, `${name}.yaml`)): string {
  writeFileSync(
    file,
    `apiVersion: v1
kind: Config
current-context: ${name}
contexts:
  - {name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ${name}-ns}}
  - {name: ${name}-2, context: {cluster: ${name}, user: ${name}}}
clusters: [{name: ${name}, cluster: {server: "https://${name}:6443"}}]
users: [{name: ${name}, user: {token: secret}}]
`,
  );
  return file;
}

const load = (options: Partial<Parameters<typeof loadUserKubeConfig>[0]>): UserKubeConfig =>
  loadUserKubeConfig({
    ...{ kubeconfig: undefined, context: undefined, env: {} },
    home,
    ...options,
  });

const told = ({ kubeConfig, context, namespace }: UserKubeConfig): unknown => ({
  server: kubeConfig.getCurrentCluster()?.server,
  context,
  namespace,
});

describe('loadUserKubeConfig', () => {
  it('prefers --kubeconfig, then $KUBECONFIG, then the file in the home directory, then the pod', () => {
    const root = join(directory, 'pod');
    const volume = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(volume, { recursive: true });
    for (const [file, text] of Object.entries({ token: 't', 'ca.crt': 'c', namespace: 'shop' })) {
      writeFileSync(join(volume, file), text);
    }
    const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(told(load({ env: inPod, root }))).toEqual({
      ...{ server: 'https://10.0.0.1:443', context: undefined, namespace: 'shop' },
    });
    kubeconfig('home', join(home, '.kube', 'config'));
    expect(told(load({ env: inPod, root }))).toMatchObject({ server: 'https://home:6443' });
    const env = { KUBECONFIG: kubeconfig('a') };
    expect(told(load({ env }))).toEqual({
      ...{ server: 'https://a:6443', context: 'a', namespace: 'a-ns' },
    });
    expect(told(load({ env, kubeconfig: kubeconfig('b') }))).toMatchObject({ context: 'b' });
  });

  it('takes the context that is asked for, from any of the files', () => {
    const env = { KUBECONFIG: [kubeconfig('a'), kubeconfig('b')].join(delimiter) };
    expect(told(load({ env, context: 'b-2' }))).toEqual({
      ...{ server: 'https://b:6443', context: 'b-2', namespace: undefined },
    });
  });

  it('says which contexts there are where there is no such one', () => {
    const file = kubeconfig('a');
    expect(() => load({ kubeconfig: file, context: 'x' })).toThrow(
      `--kubeconfig: ${file} has no context "x" (there are: a, a-2)`,
    );
  });

  it('says where it has looked where there is nothing', () => {
    expect(() => load({ home: join(directory, 'nobody') })).toThrow(
      /there is no .*nobody\/\.kube\/config, and neither --kubeconfig nor/,
    );
  });
});
