// SPDX-License-Identifier: Apache-2.0
// The plugin in kubectl: found, completed, and told which cluster to work on. No operator runs here.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { freePort } from '../support/control-plane/free-port.ts';
import { kubectlWithPlugin, type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { startTestCluster, type TestCluster, uniqueName } from '../support/test-cluster.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let kubectl: PluginKubectl;
let gmsa: PluginKubectl;
let directory: string;

beforeAll(async () => {
  cluster = await startTestCluster();
  kubectl = kubectlWithPlugin(cluster.controlPlane);
  gmsa = pluginOf(cluster.controlPlane);
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-plugin-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await cluster.stop();
});

describe('kubectl', () => {
  it('finds the plugin', async () => {
    const { stdout } = await kubectl(['plugin', 'list', '--name-only']);
    expect(stdout.split('\n')).toContain('kubectl-gmsa');
    const { stdout: version } = await gmsa(['--version']);
    expect(version).toMatch(/^kubectl gmsa \d+\.\d+\.\d+\n$/);
  });

  it('hands its words, stdin and exit code on', async () => {
    expect((await gmsa([])).code).toBe(2);
    const { code, stdout } = await gmsa(['lint', '-'], { stdin: 'kind: Pod\napiVersion: v1\n' });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout:
        'stdin:1: error: There is no credential spec in it. [no-credential-spec]\n0 credential specs: 1 error, 0 warnings\n',
    });
  });

  it('gets answers as JSON and as YAML', async () => {
    const answers = await Promise.all(
      ['json', 'yaml'].map((form) => gmsa(['lint', '-', '-o', form], { stdin: 'kind: Pod\n' })),
    );
    expect(answers.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      answers.map(() => ({ code: 1, stderr: '' })),
    );
    const [json = '', yaml = ''] = answers.map(({ stdout }) => stdout);
    expect(parse(yaml)).toEqual(JSON.parse(json));
    expect(yaml).not.toBe(json);
  });

  it('asks it for completions', async () => {
    const name = uniqueName('complete');
    const namespace = await cluster.createNamespace('complete');
    await createServiceAccount(cluster.client, namespace, 'web');
    await cluster.applyCredspec(name);
    const offered = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await kubectl(['__complete', 'gmsa', ...words]);
      return stdout.split('\n').slice(0, -2);
    };
    expect(await offered('expo')).toEqual([expect.stringMatching(/^export\t/)]);
    expect(await offered('allow', name.slice(0, -1))).toEqual([name]);
    expect(await offered('allow', name, namespace.slice(0, -1))).toEqual([`${namespace}/`]);
    expect(await offered('allow', name, `${namespace}/`)).toEqual([
      `${namespace}/web`,
      expect.stringMatching(/\/\*\t/),
    ]);
    expect(await offered('allow', '-n', namespace, name, 'w')).toEqual(['web']);
    expect(await offered('lint', '-o', 'y')).toEqual(['yaml']);
    expect(await offered('lint', name.slice(0, -1))).toEqual([name]);
  });
});

describe('the cluster', () => {
  it('is that of --kubeconfig and --context, then of KUBECONFIG, then of the home directory', async () => {
    const name = uniqueName('which');
    await cluster.applyCredspec(name);
    const good = cluster.controlPlane.kubeconfigPath;
    const context = (await cluster.kubectl('config', 'current-context')).trim();
    const bad = join(directory, 'bad.kubeconfig');
    const elsewhere = (await readFile(good, 'utf8'))
      .replace(cluster.controlPlane.url, `https://127.0.0.1:${await freePort()}`)
      .replaceAll(context, 'elsewhere');
    await writeFile(bad, elsewhere);

    expect((await gmsa(['export', name], { kubeconfig: bad })).code).toBe(3);
    expect((await gmsa(['export', name, `--kubeconfig=${good}`], { kubeconfig: bad })).code).toBe(
      0,
    );
    const both = [bad, good].join(':');
    expect((await gmsa(['export', name], { kubeconfig: both })).code).toBe(3);
    expect((await gmsa(['export', name, '--context', context], { kubeconfig: both })).code).toBe(0);

    const home = await mkdtemp(join(directory, 'home-'));
    await mkdir(join(home, '.kube'));
    await copyFile(good, join(home, '.kube', 'config'));
    const options = { kubeconfig: '', env: { HOME: home } };
    expect((await gmsa(['export', name], options)).code).toBe(0);
  });

  it.each([
    ['--context=nobody', /^error: .* has no context "nobody" \(there are: /],
    ['--kubeconfig=/nowhere', /^error: --kubeconfig: cannot read \/nowhere: no such file\n/],
  ])('that %s names does not exist, which is told in one line', async (flag, message) => {
    const { code, stderr, stdout } = await gmsa(['export', 'x', flag]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
  });

  it('that does not answer is told of, and the next step', async () => {
    const kubeconfig = join(directory, 'down.kubeconfig');
    const text = await readFile(cluster.controlPlane.kubeconfigPath, 'utf8');
    await writeFile(
      kubeconfig,
      text.replace(cluster.controlPlane.url, `https://127.0.0.1:${await freePort()}`),
    );
    const { code, stderr } = await gmsa(['can-use', 'x', 'a/b'], { kubeconfig });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: cannot reach the API server: .*ECONNREFUSED.*\nhint: kubectl cluster-info .*\n$/,
    );
  });

  it('that refuses is quoted', async () => {
    const namespace = await cluster.createNamespace();
    await createServiceAccount(cluster.client, namespace, 'nobody');
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(namespace, 'nobody');
    const { code, stderr } = await gmsa(['export', 'x'], { kubeconfig });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: you may not do this: gmsacredentialspecs\.windows\.k8s\.io "x" is forbidden: .*\nhint: .*\n$/,
    );
  });

  it('has no such credspec, which is told with the next step', async () => {
    expect(await gmsa(['export', 'missing'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: there is no credspec "missing" in this cluster\nhint: kubectl get gmsacredentialspecs lists those that there are\n',
    });
  });
});

describe('kubectl gmsa export', () => {
  it('writes to stdout without --file and with a dash, and else to the file, in whatever namespace', async () => {
    const name = uniqueName('export');
    await cluster.applyCredspec(name);
    const { code, stdout } = await gmsa(['export', name]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('CmsPlugins');
    const file = join(directory, 'exported.json');
    expect((await gmsa(['export', name, '--file', '-'])).stdout).toBe(stdout);
    expect((await gmsa(['export', name, '--file', file, '-n', 'any'])).stdout).toBe('');
    expect(await readFile(file, 'utf8')).toBe(stdout);
  });
});

describe('kubectl gmsa allow --wait', () => {
  it('gives up where no operator puts it in force, and says what to look at', async () => {
    const name = uniqueName('nobody');
    await cluster.applyCredspec(name);
    const { code, stderr } = await gmsa(['allow', name, 'a/b', '--wait', '--timeout=500ms']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: the annotation of credspec ".*" is written, and not in force after 0\.5 s\nhint: is the operator running\?.*\n$/,
    );
  });
});

describe('a cluster without the CustomResourceDefinition', () => {
  it('is told of, with the next step', async () => {
    const bare = await startTestCluster({ crd: 'leave-out' });
    try {
      const { code, stderr } = await pluginOf(bare.controlPlane)(['export', 'x']);
      expect(code).toBe(3);
      expect(stderr).toMatch(
        /^error: this cluster has no resource gmsacredentialspecs\.windows\.k8s\.io\nhint: .*\n$/,
      );
    } finally {
      await bare.stop();
    }
  });
});
