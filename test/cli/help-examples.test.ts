// SPDX-License-Identifier: Apache-2.0
// The examples in the help of the plugin, run as they stand there, in a directory with the files and on a
// control plane with the objects that they name. That all of them are understood is shown by
// test/docs/help-examples.test.ts.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createShell, type Shell } from '../docs/guides/shell.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import { startTestCluster, type TestCluster, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';

jest.setTimeout(60_000);

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

const CREDSPEC = 'gmsa-webapp1';

let cluster: TestCluster;
let operator: OperatorProcess;
let directory: string;
let shell: Shell;

beforeAll(async () => {
  cluster = await startTestCluster();
  operator = await startInstalledOperator(cluster.controlPlane);
  await cluster.kubectl('create', 'namespace', 'shop');
  await createServiceAccount(cluster.client, 'shop', 'web');
  await cluster.applyCredspec(CREDSPEC);

  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-examples-'));
  const json = JSON.stringify(WEBAPP1_CONTENTS);
  for (const file of ['gmsa-WebApp1.json', 'contoso_webapp1.json', 'webapp1.json']) {
    await writeFile(join(directory, file), json);
  }
  await mkdir(join(directory, 'credspecs'));
  await writeFile(
    join(directory, 'credspecs/webapp1.yaml'),
    JSON.stringify({
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: { name: CREDSPEC },
      credspec: WEBAPP1_CONTENTS,
    }),
  );
  const { kubectlPath, kubeconfigPath } = cluster.controlPlane;
  shell = createShell(directory, {
    PATH: [DIST, dirname(kubectlPath), dirname(process.execPath), process.env['PATH']].join(
      delimiter,
    ),
    HOME: directory,
    KUBECONFIG: kubeconfigPath,
  });
});

afterAll(async () => {
  await operator.close();
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What wants more than there is here, and where it is run all the same. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'kubectl gmsa generate > webapp1.yaml': 'somebody at a terminal: src/cli/generate',
  'kubectl gmsa generate --platform eks': 'somebody at a terminal: src/cli/generate',
  'helm template .': 'Helm: test/chart',
  'kubectl gmsa troubleshoot': 'a Windows node: diagnose-troubleshoot.test.ts',
};

const EXAMPLES = COMMANDS.flatMap(({ examples }) => examples.map(({ command }) => command));

const isElsewhere = (command: string): boolean =>
  Object.keys(ELSEWHERE).some((beginning) => command.startsWith(beginning));

describe('an example in the help', () => {
  it.each(EXAMPLES.filter((command) => !isElsewhere(command)))('is run: %s', async (command) => {
    const { code, output } = await shell.run(command);
    expect(output).not.toMatch(/^error: /m);
    // An answer, be it a no: one example allows a namespace, so that another revokes in vain.
    expect([0, 1]).toContain(code);
    if (/ (?:allow|convert|generate|lint|export) /.test(command)) {
      expect({ code, output }).toMatchObject({ code: 0 });
    }
  });

  it.each(Object.keys(ELSEWHERE))('is run elsewhere, and there is one: %s', (beginning) => {
    expect(EXAMPLES.some((command) => command.startsWith(beginning))).toBe(true);
  });
});
