// SPDX-License-Identifier: Apache-2.0
// The Events and their reasons.
import { TOLD_REASONS } from '../../src/controller/status/status-news.ts';
import { REASONS } from './conditions.ts';
import { code, table } from './markdown.ts';
import { configurationEvents, credspecEvents } from './samples/events.ts';
import {
  CONFIGURATION_EVENT_MEANINGS,
  CREDSPEC_EVENT_MEANINGS,
  type EventMeaning,
} from './texts/event-meanings.ts';

/** A reason of Events, with what they say. */
export interface EventReason extends EventMeaning {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly notes: readonly string[];
}

/** An Event that was made. */
type EventSample = Pick<EventReason, 'reason' | 'type'> & { readonly note: string };

/** Of Events about credspecs, but for those that have the reasons and messages of conditions. */
export const CREDSPEC_EVENTS = withNotes(CREDSPEC_EVENT_MEANINGS, credspecEvents());

/** Of Events about the webhook configurations. */
export const CONFIGURATION_EVENTS = withNotes(CONFIGURATION_EVENT_MEANINGS, configurationEvents());

const CONDITION_EVENTS = withNotes(
  Object.fromEntries(
    REASONS.filter(({ reason }) => TOLD_REASONS.some((told) => told === reason)).map(
      ({ reason, means, remedy }) => [reason, { tells: means, remedy }],
    ),
  ),
  credspecEvents(),
);

/** The Events about credspecs. */
export function credspecEventTable(): string {
  return eventTable([...CREDSPEC_EVENTS, ...CONDITION_EVENTS]);
}

/** The Events about the webhook configurations. */
export function configurationEventTable(): string {
  return eventTable(CONFIGURATION_EVENTS);
}

function withNotes(
  meanings: Readonly<Record<string, EventMeaning>>,
  samples: readonly EventSample[],
): readonly EventReason[] {
  return Object.entries(meanings).map(([reason, meaning]) => {
    const own = samples.filter((sample) => sample.reason === reason);
    const [first] = own;
    if (first === undefined) throw new Error(`there is no sample of an Event ${reason}`);
    return { type: first.type, reason, ...meaning, notes: [...new Set(own.map((s) => s.note))] };
  });
}

function eventTable(events: readonly EventReason[]): string {
  return table(
    ['type', 'reason', 'tells'],
    events.map(({ type, reason, tells }) => [code(type), code(reason), tells]),
  );
}
