// SPDX-License-Identifier: Apache-2.0
// Whether the container started. Before it does, Windows gets the account's password; where it cannot,
// there is nothing to look into, and only Events tell. Pure.
import { type EventObject, lastSeen } from '../../refusal.ts';
import {
  CONTAINER_KINDS,
  type ContainerStatus,
  type PlacedContainer,
  type PodObject,
  statusOf,
} from '../../pod.ts';
import { type Reading, valueOr } from '../../reading.ts';
import { shownMessage } from '../../shown-message.ts';
import { eventsUnread } from '../events-unread.ts';
import { broken, holds, unknown, type Verdict } from '../link.ts';
import type { Identity } from './contents.ts';

/**
 * What runtimes say where Windows could not set the credential spec up: hcsshim on
 * `CreateComputeSystem`, with the RPC error of the Container Credential Guard (0xC0020017; as hcsshim
 * prints it, winapi error #3489792023) or a failed logon.
 */
const ABOUT_CREDENTIALS =
  /credential\s?spec|credential guard|\bccg\b|external credentials|0xc0020017|winapi error #34896\d+|winapi error #34897\d+|user name or password|logon failure/i;

/**
 * What they say where Windows does not understand what it was given: HCS_E_INVALID_JSON and
 * E_INVALIDARG in their words (microsoft/hcsshim 2714, docker/for-win 10665) and as numbers, of HRESULT,
 * NTSTATUS, and NTSTATUS as an HRESULT. A credential spec is a part of the document that is refused.
 */
const NOT_UNDERSTOOD =
  /json document is invalid|0x[8c]037010d|winapi error #(?:2151088397|3489660941)\b|0x80070057|0x8007000d|0xc000000d|the parameter is incorrect|the data is invalid|failed to parse the credential spec/i;

/** Only of what makes a container: other programs have parameters, too. */
const MAKES_CONTAINERS = /\bhcs|CreateComputeSystem|credential/i;

/** Judges it by the container's status and the Warning Events of its pod. */
export function judgeStart(
  pod: PodObject,
  placed: PlacedContainer,
  events: Reading<readonly EventObject[]>,
  { usesPlugin }: Pick<Identity, 'usesPlugin'>,
): Verdict {
  const { phase, conditions = [] } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') {
    return broken(`the pod has ended (${phase})`, 'ended');
  }
  const status = statusOf(pod, placed);
  const state = status?.state;
  if (state?.running !== undefined) return holds('the container runs');
  const done = endedForGood(placed, status);
  if (done !== undefined) return done;

  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return broken(
      `no node takes the pod: ${shownMessage(scheduled.message ?? '')}`,
      'not-scheduled',
    );
  }
  const said = [
    ...warnings(valueOr(events, [])),
    ...[state?.waiting, state?.terminated].flatMap((why) => told(why?.reason, why?.message)),
  ];
  const notUnderstood = said.find(
    (message) => NOT_UNDERSTOOD.test(message) && MAKES_CONTAINERS.test(message),
  );
  if (notUnderstood !== undefined) {
    return broken(shownMessage(notUnderstood), 'sandbox-contents');
  }
  const aboutCredentials = said.find((message) => ABOUT_CREDENTIALS.test(message));
  if (aboutCredentials !== undefined) {
    return broken(shownMessage(aboutCredentials), usesPlugin ? 'sandbox-plugin' : 'sandbox-domain');
  }
  return endedInFailure(placed, status) ?? doesNotRun(said[0], events);
}

function doesNotRun(said: string | undefined, events: Reading<unknown>): Verdict {
  const known = said === undefined ? [] : [shownMessage(said)];
  return events.type === 'read'
    ? broken(`the container does not run: ${known[0] ?? 'nothing says why'}`, 'not-started')
    : broken(
        `the container does not run: ${[...known, eventsUnread(events)].join('; ')}`,
        'may-not-list-events',
      );
}

/** A container that has done what it was to do started once, and cannot be looked into any more. */
function endedForGood(
  { list, container }: PlacedContainer,
  status: ContainerStatus | undefined,
): Verdict | undefined {
  const { exitCode } = status?.state?.terminated ?? {};
  const startsAgain =
    list === 'containers' ||
    container.restartPolicy === 'Always' ||
    (list === 'initContainers' && exitCode !== 0);
  if (exitCode === undefined || startsAgain) return undefined;
  return unknown(
    `the ${CONTAINER_KINDS[list]} has ended (exit code ${exitCode}): nothing can be run in it any more`,
    list === 'initContainers' ? 'init-container-ended' : 'ephemeral-container-ended',
  );
}

/** An init container that fails holds up the pod, and runs too short a time to be looked into. */
function endedInFailure(
  { list, container }: PlacedContainer,
  status: ContainerStatus | undefined,
): Verdict | undefined {
  const { exitCode } = status?.state?.terminated ?? status?.lastState?.terminated ?? {};
  if (list !== 'initContainers' || exitCode === undefined || container.restartPolicy === 'Always') {
    return undefined;
  }
  return broken(`the init container ends with exit code ${exitCode}`, 'init-container-ended');
}

/** The latest first. */
function warnings(events: readonly EventObject[]): readonly string[] {
  return events
    .filter(({ type }) => type === 'Warning')
    .toSorted((a, b) => (lastSeen(a) < lastSeen(b) ? 1 : -1))
    .flatMap(({ reason, message }) => told(reason, message));
}

function told(reason: string | undefined, message: string | undefined): readonly string[] {
  const parts = [reason, message].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? [] : [parts.join(': ')];
}
