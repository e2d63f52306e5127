// SPDX-License-Identifier: Apache-2.0
// How names, and what others have to say, stand in admission's messages. Existing tools match on those
// messages, so a name that Kubernetes accepts stands there whole; nothing else is trusted to be short or
// visible.
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import { cut, printable, quoted } from '../../api/printable.ts';

/** UTF-16 units of what somebody else says in a message of ours. */
const MAX_REASON_LENGTH = 300;

/** The name as it is where it can be one; otherwise short and with nothing invisible in it. */
export function shownName(name: string): string {
  if (isDns1123Subdomain(name)) return name;
  return name === '' ? '""' : printable(name);
}

/** {@link shownName} in double quotes. */
export function quotedName(name: string): string {
  return isDns1123Subdomain(name) ? `"${name}"` : quoted(name);
}

/** The text on one line and at most `maxLength` UTF-16 units long, an ellipsis included where it is cut. */
export function oneLine(text: string, maxLength: number): string {
  // Cut before anything else is done with it: it may be long. \p{C} and \p{Z}: see printable.ts.
  const line = cut(text, 2 * maxLength)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length <= maxLength && text.length <= 2 * maxLength
    ? line
    : `${cut(line, maxLength - 1)}…`;
}

/** Goes on after "cannot check whether …: " where time was over before there was an answer. */
export const NO_ANSWER = 'the API server did not answer in time';

/** What an error says, for a message. */
export function shownError(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), MAX_REASON_LENGTH);
}

/** What an authorizer says, for a message. */
export function shownReason(reason: string): string {
  return oneLine(reason, MAX_REASON_LENGTH);
}
