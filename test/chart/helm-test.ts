// SPDX-License-Identifier: Apache-2.0
// What `helm test` runs, without a node that could run it: the command line of the chart's Job, as a
// process, with the same variables, but for where the Services' names lead.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperatorReplica } from '../support/operator-replicas.ts';
import { nonLoopbackAddress } from '../support/non-loopback-address.ts';
import { objectNamed, objectsOf } from './helm.ts';
import type { Installation } from './installation.ts';
import type { Job, PodSpec } from './workload.ts';

/** How it ended. */
export interface TestResult {
  readonly code: number;
  readonly output: string;
}

/** Runs the command of the installed release's test Job against a replica. */
export async function runHelmTest(
  installation: Installation,
  replica: OperatorReplica,
): Promise<TestResult> {
  const { containers, volumes = [] } = await testPod(installation);
  const [{ command = [], env }] = containers;
  const variables = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-helm-test-'));
  try {
    const [secret] = volumes.flatMap((volume) => volume.secret?.secretName ?? []);
    const ca = join(directory, 'ca.crt');
    if (secret !== undefined) await writeFile(ca, await caCertificate(installation, secret));
    return await run(command.slice(1), {
      ...variables,
      METRICS_URL: replica.metricsUrl.replace(
        'http:',
        new URL(variables['METRICS_URL'] ?? '').protocol,
      ),
      ...(secret !== undefined && {
        WEBHOOK_CA: ca,
        WEBHOOK_HOST: nonLoopbackAddress(),
        WEBHOOK_PORT: String(replica.port),
      }),
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function testPod({ helm, names }: Installation): Promise<PodSpec> {
  const { release, namespace, fullname } = names;
  const result = await helm.run(['get', 'hooks', release, '--namespace', namespace]);
  if (result.code !== 0) throw new Error(result.stderr);
  const job = objectNamed(objectsOf(result.stdout), `Job ${namespace}/${fullname}-test`) as Job;
  return job.spec.template.spec;
}

/** What the Job mounts of the Secret. */
async function caCertificate({ cluster, names }: Installation, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${names.namespace}/secrets/${name}`;
  const secret = await cluster.get<{ readonly data: Readonly<Record<string, string>> }>(path);
  return Buffer.from(secret?.data['ca.crt'] ?? '', 'base64').toString();
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<TestResult> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}
