// SPDX-License-Identifier: Apache-2.0
// Each credspec: what the operator says of it, and whether that is of now. Pure.
import type { GMSACredentialSpec } from '../../../../api/credspec.ts';
import { checkContents } from '../../../../api/check-contents.ts';
import { observationOf } from '../../../observation.ts';
import { contentsState, gmsaUses, isActive, type PodObject } from '../../pod.ts';
import { valueOr } from '../../reading.ts';
import { shownMessage } from '../../shown-message.ts';
import { type Finding, found, judged, ok } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';

/** Judges them. */
export function checkCredspecs({ credspecs, pods }: Snapshot): readonly Finding[] {
  return judged(credspecs, 'credspecs', 'credential specs', {
    // The cluster has no such resource: that is told already.
    absent: () => [],
    read(all) {
      if (all.length === 0) return [ok('credspecs', 'there are none yet')];
      return all.flatMap((credspec) => [
        ...checkCredspec(credspec),
        ...checkOlder(credspec, valueOr(pods, [])),
      ]);
    },
  });
}

function checkCredspec(credspec: GMSACredentialSpec): readonly Finding[] {
  const { metadata, status } = credspec;
  const { name } = metadata;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const { errors, warnings } = checkContents(credspec.credspec);
  // Where an operator has looked, its condition says the same.
  const contents = ready === undefined ? [...errors, ...warnings] : warnings;
  return [
    readyFinding(),
    ...contents.map((message) =>
      found('credspecs', 'warning', `${name}: ${message}`, 'contents-suspicious', {
        credspec: name,
      }),
    ),
  ];

  function readyFinding(): Finding {
    if (ready === undefined) {
      return found(
        'credspecs',
        'warning',
        `${name}: no operator has looked at it`,
        'credspec-without-status',
      );
    }
    if (observationOf(credspec) === 'behind') {
      return found(
        'credspecs',
        'warning',
        `${name}: its status is of an earlier version of it`,
        'status-behind',
      );
    }
    return ready.status === 'True'
      ? ok('credspecs', `${name}: ${ready.reason}`)
      : found(
          'credspecs',
          'error',
          `${name}: ${ready.reason}: ${shownMessage(ready.message)}`,
          'credspec-not-ready',
          { credspec: name },
        );
  }
}

function checkOlder(credspec: GMSACredentialSpec, pods: readonly PodObject[]): readonly Finding[] {
  const { name } = credspec.metadata;
  const older = pods.filter(
    (pod) =>
      isActive(pod) &&
      gmsaUses(pod).some(
        (use) => use.credspec === name && contentsState(use, credspec) !== 'current',
      ),
  );
  return older.length === 0
    ? []
    : [
        found(
          'credspecs',
          'warning',
          `${name}: pods that carry older contents: ${older.length}`,
          'pods-older',
          {
            credspec: name,
          },
        ),
      ];
}
