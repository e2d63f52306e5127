// SPDX-License-Identifier: Apache-2.0
// The control plane that all other integration tests stand on.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { answersOk } from '../support/control-plane/api-request.ts';
import { startApiServer } from '../support/control-plane/api-server.ts';
import { provide } from '../support/control-plane/binaries.ts';
import {
  type EmbeddedControlPlane,
  startControlPlane,
} from '../support/control-plane/control-plane.ts';
import { makeCredentials } from '../support/control-plane/credentials.ts';
import {
  connectOrStartControlPlane,
  usesExistingCluster,
} from '../support/control-plane/existing-cluster.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { isRunning } from '../support/control-plane/is-running.ts';
import { openSupervisor } from '../support/control-plane/supervised.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(120_000);

const FOLDER = join(import.meta.dirname, '../support/control-plane');

// Against an existing cluster there is nothing of ours to test, and nothing to build for it.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('a control plane', () => {
  let plane: EmbeddedControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());

  it('is ready when it has started, with kubectl and API server of one version', async () => {
    const { stdout, code } = await plane.kubectl(['version', '--output=json']);

    const { clientVersion, serverVersion } = JSON.parse(stdout) as Record<
      'clientVersion' | 'serverVersion',
      { gitVersion: string }
    >;
    expect(code).toBe(0);
    expect(serverVersion.gitVersion).toBe(clientVersion.gitVersion);
    expect((await plane.kubectl(['get', 'namespace', 'default'])).code).toBe(0);
  });

  it('takes manifests on stdin, and gives exit code and stderr where kubectl fails', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'from-stdin', namespace: 'default' },
    };
    const applied = await plane.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(manifest) });
    const missing = await plane.kubectl(['get', 'configmap', 'no-such']);

    expect(applied).toEqual({ stdout: 'configmap/from-stdin created\n', stderr: '', code: 0 });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('NotFound');
  });

  it('lets a service account do what RBAC grants it, and nothing else', async () => {
    await plane.kubectl(['create', 'serviceaccount', 'reader']);
    await plane.kubectl(['create', 'role', 'reader', '--verb=list', '--resource=configmaps']);
    await plane.kubectl([
      ...['create', 'rolebinding', 'reader', '--role=reader'],
      '--serviceaccount=default:reader',
    ]);
    const kubeconfig = await plane.serviceAccountKubeconfig('default', 'reader');
    const canList = async (resource: string): Promise<boolean> =>
      (await plane.kubectl(['get', resource], { kubeconfig })).code === 0;

    await waitFor('the authorizer to see the binding', () => canList('configmaps'));
    await expect(canList('secrets')).resolves.toBe(false);
    await expect(plane.serviceAccountKubeconfig('default', 'nobody')).rejects.toThrow(
      /no token for service account "default\/nobody": .*not found/,
    );
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'keeps data, address and certificate when the API server ends by %s and starts again',
    async (signal) => {
      const name = `kept-${signal.toLowerCase()}`;
      await plane.kubectl(['create', 'configmap', name]);
      const before = { url: plane.url, caData: plane.caData };

      await plane.control.stopApiServer(signal);
      const down = await plane.kubectl(['get', 'configmap', name]);
      await plane.control.startApiServer();
      const up = await plane.kubectl(['get', 'configmap', name]);

      expect(down.code).toBe(1);
      expect(down.stderr).toContain('refused');
      expect(up.code).toBe(0);
      expect({ url: plane.url, caData: plane.caData }).toEqual(before);
    },
  );

  it('ends open watches when its API server is stopped in order, without waiting for them', async () => {
    const watch = spawn(plane.kubectlPath, ['get', 'namespaces', '--watch', '--output=name'], {
      env: kubectlEnvironment(plane.kubeconfigPath),
    });
    const ended = new Promise((resolve) => watch.once('exit', resolve));
    await firstOutput(watch);
    const started = Date.now();

    await plane.control.stopApiServer();

    const seconds = (Date.now() - started) / 1000;
    await ended;
    await plane.control.startApiServer();
    expect(seconds).toBeLessThan(10);
  });

  it('answers nothing while its API server is paused, and goes on where it was', async () => {
    await plane.control.pauseApiServer();
    const paused = await plane.kubectl(['get', 'namespaces', '--request-timeout=500ms']);
    await plane.control.resumeApiServer();
    const resumed = await plane.kubectl(['get', 'namespaces']);

    expect(paused.code).toBe(1);
    expect(paused.stderr).toMatch(/time|deadline/i);
    expect(resumed.code).toBe(0);
  });

  it('runs side by side with others, each with its own data and its own arguments', async () => {
    const others = await Promise.all([
      startControlPlane({ extraApiServerArgs: ['--disable-admission-plugins=ServiceAccount'] }),
      startControlPlane({ extraApiServerArgs: ['--service-cluster-ip-range=10.7.0.0/24'] }),
    ]);
    try {
      await others[0].kubectl(['run', 'pod', '--image=image']);
      const pods = await Promise.all(
        others.map((other) => other.kubectl(['get', 'pods', '--output=name'])),
      );
      const service = await others[1].kubectl(['get', 'service', 'kubernetes', '--output=wide']);

      expect(new Set([plane, ...others].map(({ url }) => url)).size).toBe(3);
      expect(pods.map(({ stdout }) => stdout)).toEqual(['pod/pod\n', '']);
      expect(service.stdout).toContain('10.7.0.1');
    } finally {
      await Promise.all(others.map((other) => other.stop()));
    }
  });

  it('serves as an existing cluster, which tests can neither stop nor pause', async () => {
    await plane.kubectl(['create', 'serviceaccount', 'existing']);
    const env = process.env;
    process.env = {
      ...env,
      PATH: `${join(plane.kubectlPath, '..')}:${env['PATH'] ?? ''}`,
      KUBECONFIG: plane.kubeconfigPath,
      USE_EXISTING_CLUSTER: 'true',
    };
    try {
      const existing = await connectOrStartControlPlane({ windowsNode: true });
      const kubeconfig = await existing.serviceAccountKubeconfig('default', 'existing');
      const whoAmI = await existing.kubectl(['auth', 'whoami', '--output=name'], { kubeconfig });
      await existing.stop();

      expect(existing.url).toBe(plane.url);
      expect(existing.caData).toBe(plane.caData);
      expect(existing.control).toBeUndefined();
      expect(whoAmI.code).toBe(0);
      expect(existsSync(kubeconfig)).toBe(false);
      expect((await plane.kubectl(['get', 'namespaces'])).code).toBe(0);
    } finally {
      process.env = env;
    }
  });
});

describeOwn('a control plane in trouble', () => {
  it('that cannot start says what its API server said last, and keeps that log only', async () => {
    const failure = await startControlPlane({ extraApiServerArgs: ['--no-such-flag'] }).then(
      () => 'started',
      String,
    );

    const log = /^The whole log: (.*)$/m.exec(failure)?.[1] ?? '';
    expect(failure).toContain(
      'kube-apiserver ended (exit code 1) while waiting for the API server to be ready',
    );
    expect(failure).toContain('unknown flag: --no-such-flag');
    expect(readFileSync(log, 'utf8')).toContain('unknown flag: --no-such-flag');
    expect(existsSync(join(log, '../../etcd'))).toBe(false);
    await rm(join(log, '../..'), { recursive: true });
  });

  it('takes another port when somebody takes its own in between', async () => {
    const programs = await provide(['etcd', 'kube-apiserver']);
    const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-'));
    const supervisor = openSupervisor(directory);
    const taken = await freePort();
    const squatter = createServer().listen(taken, '127.0.0.1');
    const proposals = [taken, await freePort()];
    try {
      await mkdir(join(directory, 'logs'));
      const { access } = await startApiServer({
        supervisor,
        directory,
        etcd: programs.etcd,
        kubeApiserver: programs['kube-apiserver'],
        token: await makeCredentials(directory),
        extraArgs: [],
        log: () => undefined,
        nextPort: () => Promise.resolve(proposals.shift() ?? 0),
      });

      expect(access.url).not.toContain(String(taken));
      expect(proposals).toEqual([]);
      await expect(answersOk(access, '/readyz')).resolves.toBe(true);
    } finally {
      squatter.close();
      await supervisor.close();
    }
  });

  it('tells when a component dies that nobody stopped', async () => {
    const lines: string[] = [];
    const plane = await startControlPlane({ log: (line) => lines.push(line) });
    const [, ...components] = plane.processIds();

    for (const pid of components) process.kill(pid, 'SIGKILL');

    await waitFor('two reports', () => lines.length === 2);
    await plane.stop();
    expect(components).toHaveLength(2);
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^etcd ended unexpectedly \(SIGKILL\)\n/),
      expect.stringMatching(/^kube-apiserver ended unexpectedly \(SIGKILL\)\n/),
    ]);
  });

  it('goes when its caller is killed', async () => {
    const script = `
      const { startControlPlane } = await import(${JSON.stringify(join(FOLDER, 'control-plane.ts'))});
      const { processIds, directory } = await startControlPlane();
      console.log(JSON.stringify({ ids: processIds(), directory }));
      setInterval(() => undefined, 1000);
    `;
    const caller = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const { ids, directory } = JSON.parse(await firstOutput(caller)) as {
      ids: number[];
      directory: string;
    };
    expect(ids.filter(isRunning)).toHaveLength(3);

    caller.kill('SIGKILL');

    await waitFor('the processes to end', () => !ids.some(isRunning));
    await waitFor('the directory to go', () => !existsSync(directory));
  });
});

describeOwn('the command', () => {
  // SIGINT is Ctrl-C; SIGTERM is what service managers, CI and `kill` send.
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'brings a control plane up, says how to use it, and removes all of it on %s',
    async (signal) => {
      const command = spawn(process.execPath, [join(FOLDER, 'cli.ts'), 'up']);
      const output = await firstOutput(command);
      const kubeconfig = /export KUBECONFIG=(.*)/.exec(output)?.[1] ?? '';
      const [, kubectl = ''] = /\n {2}(.*kubectl) get namespaces/.exec(output) ?? [];
      const asked = spawn(kubectl, ['get', 'namespaces', '--output=name'], {
        env: kubectlEnvironment(kubeconfig),
      });
      const namespaces = await firstOutput(asked);
      const exited = new Promise((resolve) => command.once('exit', resolve));

      const directory = join(kubeconfig, '..');
      const running = await processesIn(directory);

      command.kill(signal);

      expect(await exited).toBe(0);
      expect(namespaces).toContain('namespace/default');
      expect(existsSync(directory)).toBe(false);
      expect(running.length).toBeGreaterThan(1);
      expect(running.filter(isRunning)).toEqual([]);
    },
  );
});

describeOwn('a control plane with a Windows node', () => {
  let plane: EmbeddedControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane({ windowsNode: true });
  });
  afterAll(() => plane.stop());

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await plane.kubectl(args);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  it("runs a Deployment's pods on the node, and they go when it is deleted", async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            nodeSelector: { 'kubernetes.io/os': 'windows' },
            containers: [{ name: 'web', image: 'image' }],
          },
        },
      },
    };
    await plane.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(deployment) });

    await kubectl('wait', 'deployment/web', '--for=condition=Available', '--timeout=60s');
    const pods = await kubectl(
      ...['get', 'pods', '--selector=app=web', '--output'],
      'jsonpath={range .items[*]}{.spec.nodeName} {.status.phase}{"\\n"}{end}',
    );
    await kubectl('delete', 'deployment', 'web');
    await kubectl('wait', 'pods', '--selector=app=web', '--for=delete', '--timeout=60s');

    expect(pods.trim().split('\n')).toEqual(Array(3).fill('windows-0 Running'));
  });

  it('completes Jobs', async () => {
    await kubectl('create', 'job', 'once', '--image=image');

    await expect(
      kubectl('wait', 'job/once', '--for=condition=Complete', '--timeout=60s'),
    ).resolves.toContain('condition met');
  });

  it('finishes the deletion of a namespace and what is in it', async () => {
    await kubectl('create', 'namespace', 'doomed');
    await kubectl('create', 'configmap', 'doomed', '--namespace=doomed');

    await kubectl('delete', 'namespace', 'doomed', '--timeout=60s');

    await expect(kubectl('get', 'namespaces', '--output=name')).resolves.not.toContain('doomed');
  });
});

/** What a process writes to stdout first; its stderr if it ends before that. */
function firstOutput(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.stdout?.setEncoding('utf8').once('data', resolve);
    child.once('error', reject);
    child.once('close', () => {
      reject(new Error(`it ended without output: ${stderr}`));
    });
  });
}

// kubectl's cache goes with the control plane, not into the home or working directory.
function kubectlEnvironment(kubeconfig: string): NodeJS.ProcessEnv {
  const cache = join(kubeconfig, '../kubectl-cache');
  return { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: cache };
}

/** The ids of the processes that run in a directory, as those of a control plane do. */
async function processesIn(directory: string): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const cwds = ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => ''));
  return (await Promise.all(cwds)).flatMap((cwd, i) => (cwd === directory ? (ids[i] ?? []) : []));
}
