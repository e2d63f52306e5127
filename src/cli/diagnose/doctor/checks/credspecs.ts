// SPDX-License-Identifier: Apache-2.0
// Each credspec: what the operator says of it, and whether that is of now. Pure.
import { checkContents } from '../../../../api/check-contents.ts';
import { listed } from '../../../../api/printable.ts';
import type { StoredCredspec } from '../../../credspecs.ts';
import type { GeneratedLookup } from '../../../generated-access/read-generated.ts';
import { observationOf, whyNoStatus } from '../../../observation.ts';
import { type PodObject, podsOf } from '../../pod.ts';
import { type Reading, valueOr } from '../../reading.ts';
import { seenHere } from '../../seen-here.ts';
import { shownMessage } from '../../shown-message.ts';
import { found, judged, type Judgement, ok, unreadable } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';

/** Judges them. */
export function checkCredspecs(snapshot: Snapshot): readonly Judgement[] {
  const { credspecs, definition, generated, pods } = snapshot;
  // Where the cluster has no such resource, that is told already.
  return judged(credspecs, 'credential specs', (all) => {
    if (all.length === 0) return [ok('there are none yet')];
    const judgements = all.flatMap((credspec) => {
      const why = whyNoStatus(observationOf(credspec, definition));
      return [
        ...(why === undefined ? checkCredspec(credspec) : checkUntold(credspec, why, generated)),
        ...checkOlder(credspec, valueOr(pods, [])),
      ];
    });
    return generated.type === 'unreadable'
      ? [unreadable('RoleBindings: whether annotations are in force'), ...judgements]
      : judgements;
  });
}

/** Of one without a status: `why`, as `whyNoStatus` says. */
function checkUntold(
  credspec: StoredCredspec,
  why: string,
  generated: Reading<GeneratedLookup>,
): readonly Judgement[] {
  const { name } = credspec.metadata;
  const { violations } = credspec;
  const { access, problems, warnings } = seenHere(credspec, generated);
  const { pending } = valueOr(access, { pending: undefined });
  return [
    ...violations.map((violation) =>
      found(
        'error',
        `${name}: it violates the schema, and no status speaks of it as it is now: ${violation}`,
        'credspec-violates-schema',
        { credspec: name },
      ),
    ),
    ...(pending === undefined
      ? []
      : pending.length === 0
        ? [ok(`${name}: ${why}; the annotation is in force`)]
        : [
            found(
              'warning',
              `${name}: ${why}; the annotation is not in force in: ${listed(pending)}`,
              'annotation-not-in-force',
              { credspec: name },
            ),
          ]),
    ...suspicious(name, [...problems, ...warnings]),
  ];
}

function suspicious(name: string, messages: readonly string[]): readonly Judgement[] {
  return messages.map((message) =>
    found('warning', `${name}: ${message}`, 'contents-suspicious', {
      credspec: name,
    }),
  );
}

function checkCredspec(credspec: StoredCredspec): readonly Judgement[] {
  const { metadata, status } = credspec;
  const { name } = metadata;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const { errors, warnings } = checkContents(credspec.credspec);
  // Where an operator has looked, its condition says the same.
  const contents = ready === undefined ? [...errors, ...warnings] : warnings;
  return [readyFinding(), ...suspicious(name, contents)];

  function readyFinding(): Judgement {
    if (ready === undefined) {
      return found('warning', `${name}: no operator has looked at it`, 'credspec-without-status');
    }
    if (observationOf(credspec, 'with-status') === 'behind') {
      return found(
        'warning',
        `${name}: its status is of an earlier version of it`,
        'status-behind',
      );
    }
    return ready.status === 'True'
      ? ok(`${name}: ${ready.reason}`)
      : found(
          'error',
          `${name}: ${ready.reason}: ${shownMessage(ready.message)}`,
          'credspec-not-ready',
          { credspec: name },
        );
  }
}

function checkOlder(credspec: StoredCredspec, pods: readonly PodObject[]): readonly Judgement[] {
  const { name } = credspec.metadata;
  const older = podsOf(credspec, pods).filter(({ contents }) => contents !== 'current');
  return older.length === 0
    ? []
    : [
        found('warning', `${name}: pods that carry older contents: ${older.length}`, 'pods-older', {
          credspec: name,
        }),
      ];
}
