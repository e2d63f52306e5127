// SPDX-License-Identifier: Apache-2.0
// Whether the container started. Before it does, Windows gets the account's password; where it cannot,
// there is nothing to look into, and only Events tell. Pure.
import { type EventObject, lastSeen } from '../../refusal.ts';
import type { PodObject } from '../../pod.ts';
import { shownMessage } from '../../shown-message.ts';
import { broken, holds, type Verdict } from '../link.ts';
import type { Identity } from './contents.ts';

/**
 * What runtimes say where Windows could not set the credential spec up: hcsshim on
 * `CreateComputeSystem`, with the RPC error of the Container Credential Guard (0xC0020017; as hcsshim
 * prints it, winapi error #3489792023) or a failed logon.
 */
const ABOUT_CREDENTIALS =
  /credential\s?spec|credential guard|\bccg\b|external credentials|0xc0020017|winapi error #34896\d+|winapi error #34897\d+|user name or password|logon failure/i;

/** Judges it by the container's status and the Warning Events of its pod. */
export function judgeStart(
  pod: PodObject,
  container: string,
  events: readonly EventObject[],
  { usesPlugin }: Pick<Identity, 'usesPlugin'>,
): Verdict {
  const { phase, conditions = [], containerStatuses = [] } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') {
    return broken(`the pod has ended (${phase})`, 'ended');
  }
  const state = containerStatuses.find(({ name }) => name === container)?.state;
  if (state?.running !== undefined) return holds('the container runs');

  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return broken(
      `no node takes the pod: ${shownMessage(scheduled.message ?? '')}`,
      'not-scheduled',
    );
  }
  const said = [
    ...warnings(events),
    ...[state?.waiting, state?.terminated].flatMap((why) => told(why?.reason, why?.message)),
  ];
  const aboutCredentials = said.find((message) => ABOUT_CREDENTIALS.test(message));
  if (aboutCredentials !== undefined) {
    return broken(shownMessage(aboutCredentials), usesPlugin ? 'sandbox-plugin' : 'sandbox-domain');
  }
  return broken(
    `the container does not run: ${shownMessage(said[0] ?? 'nothing says why')}`,
    'not-started',
  );
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
