// SPDX-License-Identifier: Apache-2.0
// Pods that could not be made. Nobody sees that but the controller that tried to make them: it tells in an
// Event on the ReplicaSet, StatefulSet or Job. Pure.

/** An Event (core/v1), as far as it is looked at. */
export interface EventObject {
  readonly metadata: { readonly creationTimestamp?: string };
  readonly involvedObject: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** Why a pod was refused. */
export type RefusalReason =
  | 'contents-not-filled-in'
  | 'contents-wrong'
  | 'no-contents'
  | 'no-such-credspec'
  | 'nobody-answers'
  | 'not-authorized'
  | 'other'
  | 'undecided';

/** Pods of one owner that were refused, for one reason. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** The credspec that the message names, where it does. */
  readonly credspec: string | undefined;
  /** The service account that it names. */
  readonly serviceAccount: string | undefined;
  readonly namespace: string;
  /** Who tried to make the pod: `ReplicaSet webapp1-6d4cf56db6`. */
  readonly owner: string;
  readonly ownerUid: string | undefined;
  /** In the words of whoever refused. */
  readonly message: string;
  readonly count: number;
  /** When it happened last (RFC 3339). */
  readonly lastSeen: string;
}

/** By which phrase each reason is known; those of the existing webhook are the same. */
const PHRASES: readonly (readonly [RefusalReason, RegExp])[] = [
  [
    'not-authorized',
    /service account "(?<account>[^"]*)" is not authorized to `use` GMSA cred spec "(?<credspec>[^"]*)"/,
  ],
  ['undecided', /cannot check whether .*?cred spec "?(?<credspec>[a-z0-9.-]+)/],
  ['no-such-credspec', /cred spec (?<credspec>\S+) does not exist/],
  ['no-contents', /cred spec (?<credspec>\S+) does not have a credspec key/],
  ['contents-wrong', /does not match the contents of GMSA resource "(?<credspec>[^"]*)"/],
  ['contents-not-filled-in', /were not filled in from GMSA resource "(?<credspec>[^"]*)"/],
  ['contents-wrong', /has a GMSA cred spec set, but does not define the name/],
  // The webhooks of this operator and of kubernetes-sigs/windows-gmsa have it in their names.
  ['nobody-answers', /failed calling webhook "[^"]*gmsa[^"]*"/],
  ['other', /admission webhook "[^"]*gmsa[^"]*" denied the request/],
];

/** The refusal that an Event tells of; `undefined` where it is about something else than a GMSA. */
export function refusalOf(event: EventObject): Refusal | undefined {
  if (event.reason !== 'FailedCreate') return undefined;
  for (const [reason, phrase] of PHRASES) {
    const match = phrase.exec(event.message ?? '');
    if (match !== null) return refusal(event, reason, match.groups);
  }
  return undefined;
}

/** As {@link refusalOf}, and `other` where it is about something else: a quota, Pod Security. */
export function failedCreateOf(event: EventObject): Refusal | undefined {
  if (event.reason !== 'FailedCreate') return undefined;
  return refusalOf(event) ?? refusal(event, 'other');
}

function refusal(
  event: EventObject,
  reason: RefusalReason,
  named: Readonly<Record<string, string>> = {},
): Refusal {
  const { involvedObject: owner, message = '' } = event;
  return {
    reason,
    credspec: named['credspec'],
    serviceAccount: named['account'],
    namespace: owner.namespace ?? '',
    owner: `${owner.kind ?? 'unknown'} ${owner.name ?? ''}`,
    ownerUid: owner.uid,
    message: withoutPreamble(message),
    count: event.series?.count ?? event.count ?? 1,
    lastSeen: lastSeen(event),
  };
}

/** When an Event was last seen (RFC 3339); the empty text where it does not say. */
export function lastSeen(event: EventObject): string {
  return (
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp ??
    ''
  );
}

/** `Error creating: `, and `admission webhook "…" denied the request: ` behind it, are the same for all. */
function withoutPreamble(message: string): string {
  return message
    .replace(/^(?:.*?admission webhook "[^"]*" denied the request|Error creating): /s, '')
    .trim();
}
