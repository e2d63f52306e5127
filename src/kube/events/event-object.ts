// SPDX-License-Identifier: Apache-2.0
// The Event objects of events.k8s.io/v1, made so that the API server accepts them whatever was told.
import { microTime } from '../wait/clock.ts';
import { type Resource, resourcePath } from '../client/resource.ts';

/** The object an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string | undefined;
  /** What `kubectl describe` finds the Event by. */
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
}

/** Something worth telling about an object. */
export interface EventRecord {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** Why, CamelCase. */
  readonly reason: string;
  /** What was done or tried, CamelCase. */
  readonly action: string;
  /** For people; cut at 1024 bytes. */
  readonly note: string;
}

/** Who reports. */
export interface EventReporter {
  /** A qualified name: `example.com/operator`. */
  readonly reportingController: string;
  /** Which replica. */
  readonly reportingInstance: string;
}

/** Where an Event is. */
export interface EventReference {
  readonly namespace: string;
  readonly name: string;
}

const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Limits of the API server's validation of Events; notes in bytes, the others in characters. */
const MAX_NOTE_BYTES = 1024;
const MAX_WORD_LENGTH = 128;
const MAX_NAME_LENGTH = 253;

const ELLIPSIS = '…';

/** The path at which the Events of a namespace are created. */
export function eventsPath(namespace: string): string {
  return resourcePath(EVENTS, { namespace });
}

/**
 * A name for an Event, after its subject's as it is customary, with `unique` (hexadecimal) behind it.
 * Cluster-scoped subjects have theirs in `default`, where kubectl looks.
 */
export function eventReference(regarding: EventSubject, unique: string): EventReference {
  const name = regarding.name
    .toLowerCase()
    .slice(0, MAX_NAME_LENGTH - unique.length - 1)
    // Names of RBAC objects hold more than a DNS subdomain does.
    .replace(/[^a-z0-9.-]/g, '-')
    .split('.')
    .map((label) => label.replace(/^-+|-+$/g, ''))
    .filter((label) => label !== '');
  return { namespace: regarding.namespace ?? 'default', name: [...name, unique].join('.') };
}

/** The body of the POST that creates the Event. */
export function eventBody(
  { namespace, name }: EventReference,
  { regarding, type, reason, action, note }: EventRecord,
  { reportingController, reportingInstance }: EventReporter,
  observed: Date,
): unknown {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: EVENTS.kind,
    metadata: { namespace, name },
    eventTime: microTime(observed),
    reportingController,
    reportingInstance: reportingInstance.slice(0, MAX_WORD_LENGTH),
    regarding,
    type,
    reason: reason.slice(0, MAX_WORD_LENGTH),
    action: action.slice(0, MAX_WORD_LENGTH),
    note: boundedNote(note),
  };
}

/** The note as the API server takes it. */
export function boundedNote(note: string): string {
  return cutAtBytes(note, MAX_NOTE_BYTES);
}

/** The text, cut between two characters so that it has at most `maximum` bytes in UTF-8. */
export function cutAtBytes(text: string, maximum: number): string {
  const bytes = Buffer.from(text.toWellFormed());
  if (bytes.length <= maximum) return text.toWellFormed();
  let end = maximum - Buffer.byteLength(ELLIPSIS);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString() + ELLIPSIS;
}
