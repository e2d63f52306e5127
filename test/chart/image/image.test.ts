// SPDX-License-Identifier: Apache-2.0
// The image as a node runs it. There is no container runtime in tests: container.ts says what stands in
// for it, and for the base image.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import packageJson from '../../../package.json' with { type: 'json' };
import { freePort } from '../../support/control-plane/free-port.ts';
import { usesExistingCluster } from '../../support/control-plane/existing-cluster.ts';
import { createServiceAccount, gmsaPod } from '../../support/gmsa-pod.ts';
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createWebhookService } from '../../support/webhook-service.ts';
import {
  buildImage,
  type Container,
  filesBelow,
  type Image,
  whyNoContainers,
} from './container.ts';

jest.setTimeout(60_000);

/** Measured: 0.3 s alone on two cores. */
const START_LIMIT_MS = 2_000;
const STARTS = 3;

let image: Image;
beforeAll(async () => {
  image = await buildImage();
});
afterAll(() => image.close());

describe('the image', () => {
  it('holds what runs, and nothing else', () => {
    expect(kindsOf(image.files)).toEqual([
      '/app/LICENSE',
      '/app/dist/chunks/*.js',
      '/app/dist/chunks/*.js.LEGAL.txt',
      '/app/dist/chunks/*.js.map',
      '/app/dist/gmsa-operator.js',
      '/app/dist/gmsa-operator.js.LEGAL.txt',
      '/app/dist/gmsa-operator.js.map',
      '/app/dist/main.js',
      '/app/package.json',
    ]);
  });

  it('is built from what the Dockerfile copies', async () => {
    const { sources, command } = image.settings.build;
    const ignored = await readFile(projectFile('.dockerignore'), 'utf8');
    const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-source-'));
    for (const source of sources) {
      expect(ignored).toContain(`\n!${source}\n`);
      await cp(projectFile(source), join(directory, source), { recursive: true });
    }
    await symlink(projectFile('node_modules'), join(directory, 'node_modules'));
    const staged = join(directory, 'staged');
    await promisify(execFile)('sh', ['-c', command.replace(' /staged', ` ${staged}`)], {
      cwd: directory,
      env: { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
    });
    expect(kindsOf(await filesBelow(staged))).toEqual(kindsOf(image.files));
    await rm(directory, { recursive: true });
  });

  it('runs without root, on the version of Node that the tests run with', () => {
    const { user, baseImages } = image.settings;
    const { node } = packageJson.devDependencies;
    expect(user).toBe('65532:65532');
    expect(process.version).toBe(`v${node}`);
    expect(baseImages['BUILD_IMAGE']).toContain(`/node:${node}-`);
    expect(baseImages['BASE_IMAGE']).toContain(`/nodejs${node.split('.')[0] ?? ''}-`);
  });
});

const whyNot = await whyNoContainers();
if (whyNot !== undefined) console.warn(`The image is not run: ${whyNot}`);

(whyNot === undefined ? describe : describe.skip)('the image, when it runs', () => {
  it('tells its version', async () => {
    const container = await image.run(['--version']);
    expect(await container.exited).toBe('exit code 0');
    expect(await container.output()).toBe(`gmsa-operator ${packageJson.version}\n`);
  });

  it('is run here where nothing can be written, by a user who may nothing', async () => {
    const attempt = `
      const { readFileSync, writeFileSync } = require('node:fs');
      for (const path of ['/tmp/x', '/app/x', '/proc/1/x']) {
        try { writeFileSync(path, ''); console.log(path, 'written'); }
        catch ({ code }) { console.log(path, code); }
      }
      const [caps] = readFileSync('/proc/self/status', 'utf8').match(/CapEff.*/);
      console.log(process.pid, process.getuid(), process.getgid(), process.getgroups(), caps);`;
    const entrypoint = ['/nodejs/bin/node', '--eval'];
    const container = await image.run([attempt], { entrypoint });
    expect(await container.exited).toBe('exit code 0');
    expect(await container.output()).toMatch(
      /^\/tmp\/x EROFS\n\/app\/x EROFS\n\/proc\/1\/x E\w+\n1 65532 65532 \[( 65532 )?\] CapEff:\t0+\n$/,
    );
  });

  (usesExistingCluster() ? describe.skip : describe)('in a cluster', () => {
    let cluster: TestCluster;
    let serviceAccount: string;
    beforeAll(async () => {
      cluster = await startTestCluster();
      serviceAccount = await mountedServiceAccount(cluster);
    });
    afterAll(async () => {
      await cluster.stop();
      await rm(serviceAccount, { recursive: true });
    });

    async function start(args: readonly string[]) {
      const healthPort = await freePort();
      const began = performance.now();
      const container = await image.run(
        ['run', `--health-probe-bind-address=127.0.0.1:${healthPort}`, ...args],
        {
          environment: {
            KUBERNETES_SERVICE_HOST: '127.0.0.1',
            KUBERNETES_SERVICE_PORT: new URL(cluster.controlPlane.url).port,
          },
          directories: { '/var/run/secrets/kubernetes.io/serviceaccount': serviceAccount },
        },
      );
      const answers = (path: string) => (): Promise<boolean> =>
        fetch(`http://127.0.0.1:${healthPort}${path}`).then(({ ok }) => ok);
      try {
        await waitFor('/healthz', answers('/healthz'), { everyMs: 5 });
      } catch (error) {
        throw new Error(await container.output(), { cause: error });
      }
      const startedMs = performance.now() - began;
      return { container, startedMs, ready: () => waitFor('/readyz', answers('/readyz')) };
    }

    async function stop(container: Container): Promise<void> {
      await container.terminate();
      expect(await container.exited).toBe('exit code 0');
    }

    it('becomes ready, serves admission, and ends when it is told to, all without a disk', async () => {
      const service = await createWebhookService(cluster.client);
      const port = await freePort();
      const { container, ready } = await start([
        `--webhook-bind-address=${service.address}:${port}`,
        '--metrics-bind-address=0',
        '--shutdown-delay-duration=0s',
      ]);
      await ready();
      await service.setReplicas([{ port, ready: true }]);
      const mounts = await container.mounts();
      expect(mounts.find(({ path }) => path === '/')).toEqual({ path: '/', writable: false });
      expect(mounts.filter(({ writable }) => writable).map(({ path }) => path)).toEqual([
        '/dev/null',
        '/dev/urandom',
        '/proc',
      ]);

      const namespace = await cluster.createNamespace();
      await createServiceAccount(cluster.client, namespace);
      await cluster.applyCredspec('webapp1', { allowed: `${namespace}/default` });
      await cluster.condition('webapp1', 'Ready', { status: 'True' });
      const pod = await cluster.client.request<Pod>({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        body: gmsaPod({ credspec: 'webapp1' }),
      });
      expect(pod.spec.securityContext.windowsOptions.gmsaCredentialSpec).toContain('"WebApp1"');
      await stop(container);
    });

    it('is up within about a second', async () => {
      const times: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        const { container, startedMs } = await start([
          '--admission=false',
          '--metrics-bind-address=0',
        ]);
        times.push(startedMs);
        await stop(container);
      }
      // The machine may be busy with something else for one of them.
      expect(Math.min(...times)).toBeLessThan(START_LIMIT_MS);
      console.info(`/healthz answers after ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    });
  });
});

/** Chunks have names that change with what they hold, and with where the project is. */
function kindsOf(files: readonly string[]): readonly string[] {
  const kinds = files.map((file) => file.replace(/[\w.-]+-[A-Z0-9]{8}\.js/, '*.js'));
  return [...new Set(kinds)].sort();
}

function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** What the chart mounts: a token of the operator's service account, the API server's CA, the namespace. */
async function mountedServiceAccount(cluster: TestCluster): Promise<string> {
  const [namespace, name] = ['gmsa-operator-system', 'gmsa-operator'];
  const token = await cluster.kubectl('create', 'token', name, '--namespace', namespace);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-service-account-'));
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'token'), token.trim());
  await writeFile(
    join(directory, 'ca.crt'),
    Buffer.from(cluster.controlPlane.caData ?? '', 'base64'),
  );
  await writeFile(join(directory, 'namespace'), namespace);
  return directory;
}

/** As far as it is looked at here. */
interface Pod {
  readonly spec: {
    readonly securityContext: { readonly windowsOptions: { readonly gmsaCredentialSpec?: string } };
  };
}
