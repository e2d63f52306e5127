// SPDX-License-Identifier: Apache-2.0
// The commands of kubectl that programs print as the next step, run with their places filled in: kubectl takes
// them, and it is no matter whether what they name is there. What changes something is a dry run.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sourceTexts } from '../docs/source-texts.ts';
import { commandsInText } from '../docs/told-commands.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(async () => {
  await cluster.stop();
});

/** What fills the places that want more than a name. */
const PLACES: Readonly<Record<string, string>> = {
  '<configuration>': 'mutatingwebhookconfiguration/gmsa-operator',
  '<file>': 'crds/',
  '<owner>': 'replicaset/web-6d4',
  '<replicas>': '1',
  '<resource>': 'deployments',
  '<workload>': 'statefulset/web',
};

/** Verbs that would change something. */
const CHANGING = new Set(['apply', 'create', 'delete', 'scale']);

/** Where a sentence speaks of a verb, and not of a command. */
const VERBS_ALONE = new Set([
  'kubectl apply',
  'kubectl config use-context',
  'kubectl debug',
  'kubectl debug --copy-to',
  'kubectl get',
  'kubectl rollout restart',
]);

const OBJECT = JSON.stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'default' },
});

/** What kubectl has against a command. */
async function complaint([, ...words]: readonly string[]): Promise<string | undefined> {
  const [verb = ''] = words;
  const filled = words.map((word) =>
    word.replaceAll(/<[\w-]+>/g, (place) => PLACES[place] ?? 'web'),
  );
  const args = CHANGING.has(verb) ? [...filled, '--dry-run=client'] : filled;
  const { code, stderr } = await cluster.controlPlane.kubectl(args, { stdin: OBJECT });
  return code === 0 || stderr.includes('(NotFound)') ? undefined : stderr.trim();
}

describe('what programs tell to run of kubectl', () => {
  it('is taken by kubectl', async () => {
    const told = new Set<string>();
    for (const { text } of await sourceTexts()) {
      for (const words of commandsInText(text)) {
        if (words[0] === 'kubectl' && words[1] !== 'gmsa') told.add(words.join(' '));
      }
    }
    expect([...VERBS_ALONE].filter((verb) => !told.has(verb))).toEqual([]);
    const wrong: string[] = [];
    for (const command of told) {
      const why = VERBS_ALONE.has(command) ? undefined : await complaint(command.split(' '));
      if (why !== undefined) wrong.push(`${command}: ${why}`);
    }
    expect(wrong).toEqual([]);
    expect(told.size).toBeGreaterThan(35);
  });

  it.each([
    ['kubectl get lease gmsa-operator --all-namespaces', 'cannot be retrieved by name'],
    ['kubectl debug <pod> --namespace <namespace>', 'you must specify --image'],
    ['kubectl logs <pod> --frobnicate', 'unknown flag'],
    ['kubectl get frobnicates', "doesn't have a resource type"],
  ])('would not be taken: %s', async (command, why) => {
    expect(await complaint(command.split(' '))).toContain(why);
  });
});
