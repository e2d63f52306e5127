// SPDX-License-Identifier: Apache-2.0
// The API server's second format of time.

/** `metav1.MicroTime`: RFC 3339 in UTC with exactly six digits, which is all that it parses. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
