// SPDX-License-Identifier: Apache-2.0
// `make demo`: the operator at work on a real control plane with a simulated Windows node. It stays
// up afterwards, to be played with; `make demo ONCE=1` ends by itself. Either way nothing is left
// behind, and it fails if a step does not come true.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type EmbeddedControlPlane,
  startControlPlane,
} from '../support/control-plane/control-plane.ts';
import { invitation } from './invitation.ts';
import { createNarrator } from './narrate.ts';
import { createDemoOperator, type DemoOperator } from './replicas.ts';
import { createShell } from './shell.ts';
import { createScene, tellStory } from './step.ts';
import { story } from './story.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const LAST_WORDS = 10;
const EXIT_CODES = { told: 0, failed: 1, interrupted: 130 } as const;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const narrator = createNarrator(process.stdout, process.env);
const interrupted = interruption();
let controlPlane: EmbeddedControlPlane | undefined;
let operator: DemoOperator | undefined;

const outcome = await Promise.race([perform(), aborted(interrupted)]);
if (outcome === 'told' && !values.once && controlPlane !== undefined) {
  for (const line of invitation(controlPlane, operator?.processIds() ?? [])) narrator.plain(line);
  await operator?.follow(narrator.progress, interrupted);
}
await cleanUp();
// Not left to the event loop: what was interrupted may wait for something that never comes.
process.exit(EXIT_CODES[outcome]);

async function perform(): Promise<'failed' | 'told'> {
  try {
    introduce();
    const cluster = await startControlPlane({ windowsNode: true, log: narrator.progress });
    controlPlane = cluster;
    const shell = createShell({ ...cluster, workingDirectory: PROJECT });
    operator = createDemoOperator(cluster);
    const began = performance.now();
    await tellStory(story(operator), narrator, createScene({ narrator, shell }));
    const seconds = Math.round((performance.now() - began) / 1000);
    narrator.heading(`Every step came true, in ${seconds} seconds`);
    return 'told';
  } catch (error) {
    if (!interrupted.aborted) await explain(error);
    return 'failed';
  }
}

function introduce(): void {
  narrator.heading('gmsa-operator on a real Kubernetes control plane');
  narrator.say(`Real are the API server, etcd, the controllers, the scheduler, and the operator with the
    rights that it has in production. Simulated is a Windows node: no container ever runs on it, and
    there is no Active Directory. Your own clusters and your kubeconfig are not touched, and nothing is
    left behind.`);
  narrator.say(`The first time on a machine, the programs of the control plane are fetched or built from
    source: about ten minutes on two cores. After that they are there, and this takes less than a
    minute. The lines with a dollar sign are what one would type. Where something takes a moment, the
    command is repeated until it shows the result, and printed once.`);
}

async function explain(error: unknown): Promise<void> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    narrator.failure(cause.message);
  }
  const words = (await operator?.lastWords(LAST_WORDS).catch(() => [])) ?? [];
  if (words.length === 0) return;
  narrator.say('What the operator said last:');
  for (const line of words) narrator.progress(line);
}

async function cleanUp(): Promise<void> {
  narrator.plain('\nStopping, and removing everything ...');
  await operator?.close();
  await controlPlane?.stop();
  narrator.plain('Everything is removed.');
}

/** Aborted by Ctrl-C and its like. The second one ends the process; the rest goes with it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<'interrupted'> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  return 'interrupted';
}
