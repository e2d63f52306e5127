// SPDX-License-Identifier: Apache-2.0
// The module `gmsa-operator/admission` as another program has it: from the package, with its types.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const PROGRAM = `
import {
  type AdmissionCredspec,
  createAdmissionHandler,
  type ObservedDecision,
} from 'gmsa-operator/admission';

const webapp1: AdmissionCredspec = { name: 'webapp1', uid: '1', contents: '{}', problems: [] };
const decisions: ObservedDecision[] = [];
const handler = createAdmissionHandler({
  credspecs: {
    cached: (name) => (name === 'webapp1' ? webapp1 : undefined),
    live: () => Promise.resolve(undefined),
  },
  authorizer: {
    authorize: ({ serviceAccount }) => Promise.resolve({ allowed: serviceAccount === 'web' }),
  },
  randomHostname: 'annotated',
  observe: (decision) => decisions.push(decision),
});

const pod = (serviceAccountName: string) => ({
  metadata: { name: 'p' },
  spec: {
    serviceAccountName,
    containers: [{ name: 'c' }],
    securityContext: {
      windowsOptions: { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{}' },
    },
  },
});
for (const serviceAccount of ['web', 'somebody']) {
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'n',
      name: 'p',
      object: pod(serviceAccount),
    },
  };
  await handler('/validate', JSON.stringify(review), AbortSignal.timeout(1000));
}
process.stdout.write(decisions.map(({ code }) => code).join(' '));
`;

describe('gmsa-operator/admission', () => {
  jest.setTimeout(60_000);
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-module-'));
    await mkdir(join(directory, 'node_modules'));
    await symlink(PROJECT, join(directory, 'node_modules', 'gmsa-operator'));
    await symlink(
      join(PROJECT, 'node_modules', '@types'),
      join(directory, 'node_modules', '@types'),
    );
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await writeFile(join(directory, 'program.ts'), PROGRAM);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has types that hold in a strict program, and decides', async () => {
    const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
      'program.ts',
    ];
    await run(process.execPath, [tsc, ...options], { cwd: directory }).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout);
    });
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: directory });
    expect(stdout).toBe('200 403');
  });
});
