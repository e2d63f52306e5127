// SPDX-License-Identifier: Apache-2.0
// `make deploy` and `make undeploy`: config/default into the cluster of kubectl's current context, and out of
// it again. With DRY_RUN=server or client, only what would happen is shown.
import { execFile, spawn } from 'node:child_process';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const MANIFESTS = fileURLToPath(new URL('../config/default', import.meta.url));
const NAMESPACE = 'gmsa-operator-system';

/** The CustomResourceDefinition stays: with it, all credential specs would go. */
const ALL_BUT_CRD = '--selector=app.kubernetes.io/component!=crd';

const NEXT_STEP = `
Wait until it runs:

  kubectl --namespace ${NAMESPACE} rollout status deployment/gmsa-operator
`;

const NO_NAMESPACE = `The namespace ${NAMESPACE} does not exist, and a dry run does not make it: what belongs into it is
looked at by kubectl alone ("client dry run"), and the rest by the API server.
`;

const capture = promisify(execFile);

type DryRun = 'client' | 'none' | 'server';

try {
  process.exitCode = await perform(argv[2] ?? '', dryRunIn(env['DRY_RUN'] ?? ''));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

function dryRunIn(text: string): DryRun {
  switch (text) {
    case '':
      return 'none';
    case 'client':
    case 'none':
    case 'server':
      return text;
    default:
      throw new Error(`DRY_RUN: "${text}" is not allowed: it must be server, client or none`);
  }
}

/** Resolves with the exit code. */
async function perform(what: string, dryRun: DryRun): Promise<number> {
  switch (what) {
    case 'deploy':
      return deploy(dryRun);
    case 'undeploy':
      return kubectl([
        'delete',
        '-k',
        MANIFESTS,
        ALL_BUT_CRD,
        '--ignore-not-found',
        `--dry-run=${dryRun}`,
      ]);
    default:
      throw new Error('usage: deploy.ts deploy|undeploy');
  }
}

async function deploy(dryRun: DryRun): Promise<number> {
  if (dryRun === 'server' && !(await namespaceExists())) return reviewWithoutNamespace();
  const code = await kubectl(['apply', '-k', MANIFESTS, `--dry-run=${dryRun}`]);
  if (code === 0 && dryRun === 'none') process.stdout.write(NEXT_STEP);
  return code;
}

/** The API server refuses what belongs into a namespace that does not exist, also in a dry run. */
async function reviewWithoutNamespace(): Promise<number> {
  process.stdout.write(NO_NAMESPACE);
  const { stdout } = await capture('kubectl', ['kustomize', MANIFESTS]);
  const documents = parseAllDocuments(stdout);
  const isInNamespace = (document: (typeof documents)[number]): boolean =>
    document.getIn(['metadata', 'namespace']) === NAMESPACE;
  const streamOf = (belongs: boolean): string =>
    documents.filter((each) => isInNamespace(each) === belongs).join('---\n');
  const codes = [
    await kubectl(['apply', '-f', '-', '--dry-run=server'], streamOf(false)),
    await kubectl(['apply', '-f', '-', '--dry-run=client'], streamOf(true)),
  ];
  return Math.max(...codes);
}

async function namespaceExists(): Promise<boolean> {
  const { stdout } = await capture('kubectl', [
    'get',
    'namespace',
    NAMESPACE,
    '--ignore-not-found',
    '-o',
    'name',
  ]);
  return stdout !== '';
}

/** kubectl, with its output shown. Resolves with its exit code. */
function kubectl(args: readonly string[], stdin = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: ['pipe', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 128);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
