// SPDX-License-Identifier: Apache-2.0
// The text form of a GUID, as Windows tools print it.

const DIGITS = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const GUID = new RegExp(`^(?:${DIGITS}|\\{${DIGITS}\\})$`, 'i');

/** Whether this is a GUID with its dashes, with or without braces, in either case. */
export function isGuid(value: string): boolean {
  return GUID.test(value);
}
