// SPDX-License-Identifier: Apache-2.0
// Each credspec: what the operator says of it, and whether that is of now. Pure.
import type { GMSACredentialSpec } from '../../../../api/credspec.ts';
import { checkContents } from '../../../../api/check-contents.ts';
import { listed } from '../../../../api/printable.ts';
import type { GeneratedLookup } from '../../../generated-access/read-generated.ts';
import { observationOf } from '../../../observation.ts';
import { type PodObject, podsOf } from '../../pod.ts';
import { type Reading, valueOr } from '../../reading.ts';
import { seenHere } from '../../seen-here.ts';
import { shownMessage } from '../../shown-message.ts';
import { found, judged, type Judgement, ok, unreadable } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';

/** Judges them. */
export function checkCredspecs(snapshot: Snapshot): readonly Judgement[] {
  const { credspecs, definition, generated, pods } = snapshot;
  const keepsStatus = definition === 'with-status';
  // Where the cluster has no such resource, that is told already.
  return judged(credspecs, 'credential specs', (all) => {
    if (all.length === 0) return [ok('there are none yet')];
    return [
      ...(keepsStatus || generated.type === 'read'
        ? []
        : [unreadable('RoleBindings: whether annotations are in force')]),
      ...all.flatMap((credspec) => [
        ...(keepsStatus ? checkCredspec(credspec) : checkUntold(credspec, generated)),
        ...checkOlder(credspec, valueOr(pods, [])),
      ]),
    ];
  });
}

/** Of one whose definition keeps no status. */
function checkUntold(
  credspec: GMSACredentialSpec,
  generated: Reading<GeneratedLookup>,
): readonly Judgement[] {
  const { name } = credspec.metadata;
  const { access, problems, warnings } = seenHere(credspec, generated);
  const { pending } = valueOr(access, { pending: undefined });
  return [
    ...(pending === undefined
      ? []
      : pending.length === 0
        ? [ok(`${name}: no status is kept; the annotation is in force`)]
        : [
            found(
              'warning',
              `${name}: no status is kept; the annotation is not in force in: ${listed(pending)}`,
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

function checkCredspec(credspec: GMSACredentialSpec): readonly Judgement[] {
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

function checkOlder(
  credspec: GMSACredentialSpec,
  pods: readonly PodObject[],
): readonly Judgement[] {
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
