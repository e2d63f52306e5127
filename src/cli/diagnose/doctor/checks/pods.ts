// SPDX-License-Identifier: Apache-2.0
// Pods with a GMSA: those that do not run, and those that were refused. Pure.
import { gmsaUses, isActive, type PodObject } from '../../pod.ts';
import { type Refusal, refusalOf } from '../../refusal.ts';
import { shownMessage } from '../../shown-message.ts';
import { found, judged, type Judgement, ok } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';

/** Told one by one; whoever has more than these has one trouble. */
const MAX_TOLD = 10;

/** A pod takes so long to start, with images of Windows, before anything is wrong: 10 min. */
const START_PATIENCE_MS = 600_000;

/** Judges them. */
export function checkPods(snapshot: Snapshot): readonly Judgement[] {
  const { pods, events } = snapshot;
  return [
    ...judged(pods, 'pods', (all) => checkRunning(all, snapshot.now)),
    ...judged(events, 'Events', (all) =>
      checkRefusals(all.flatMap((event) => refusalOf(event) ?? [])),
    ),
  ];
}

function checkRunning(all: readonly PodObject[], now: Date): readonly Judgement[] {
  const own = all.filter((pod) => isActive(pod) && gmsaUses(pod).length > 0);
  const waiting = own.filter(
    ({ status, metadata }) =>
      status?.phase !== 'Running' &&
      now.getTime() - Date.parse(metadata.creationTimestamp ?? '') > START_PATIENCE_MS,
  );
  return [
    ...waiting
      .slice(0, MAX_TOLD)
      .map(({ metadata: { namespace, name }, status }) =>
        found(
          'warning',
          `pod ${namespace}/${name} has a GMSA and is ${status?.phase ?? 'not running'} for long`,
          'pod-not-running',
          { namespace, pod: name },
        ),
      ),
    ...(waiting.length === 0 ? [ok(`pods with a GMSA: ${own.length}`)] : []),
  ];
}

function checkRefusals(refusals: readonly Refusal[]): readonly Judgement[] {
  return refusals
    .slice(0, MAX_TOLD)
    .map(({ namespace, owner, message, count }) =>
      found(
        'warning',
        `pods of ${namespace}/${owner} were refused (${count}): ${shownMessage(message)}`,
        'pods-refused',
        { namespace, owner: owner.toLowerCase().replace(' ', '/') },
      ),
    );
}
