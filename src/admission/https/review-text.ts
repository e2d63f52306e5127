// SPDX-License-Identifier: Apache-2.0
// The text of a review as far as anyone here reads it. Who set which field of an object (`managedFields`:
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management) is a third of a pod, and
// to parse it, key by key, takes longer than all that is decided about the pod.

/** As API servers write it: without white space. */
const KEY = Buffer.from('"managedFields":[');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKETS = { open: 0x5b, close: 0x5d } as const;
const BRACES = { open: 0x7b, close: 0x7d } as const;

/**
 * The text of a body that is UTF-8, with every array of the key `managedFields` empty. Whether such an array was JSON
 * is not looked at; one without an end stays, as does one that is written with white space before it.
 */
export function reviewText(body: Buffer): string {
  let text = '';
  let from = 0;
  for (let key = body.indexOf(KEY); key !== -1; key = body.indexOf(KEY, from)) {
    const begin = key + KEY.length;
    // Behind a backslash the quote is part of a longer key.
    const end = body[key - 1] === BACKSLASH ? begin : endOfArray(body, begin);
    if (end === undefined) break;
    text += body.toString('utf8', from, begin);
    from = end;
  }
  return text + body.toString('utf8', from);
}

/** Where the bracket is that closes an array of which `begin` is inside. */
function endOfArray(body: Buffer, begin: number): number | undefined {
  let depth = 1;
  for (let at = begin; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at + 1);
    else if (byte === BRACKETS.open || byte === BRACES.open) depth += 1;
    else if (byte === BRACKETS.close || byte === BRACES.close) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

/** Where the quote is that closes a string of which `begin` is inside; the end of the body, if it is open. */
function endOfString(body: Buffer, begin: number): number {
  let at = begin;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
