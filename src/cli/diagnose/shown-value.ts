// SPDX-License-Identifier: Apache-2.0
// Fields of contents as they are shown: contents that violate the schema hold other values than text. Pure.

/** Text as it is; another value as what it is: `4711 (a number)`, `(a list)`. Undefined where there is none. */
export function shownValue(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return '(a list)';
  return typeof value === 'object' ? '(an object)' : `${JSON.stringify(value)} (a ${typeof value})`;
}
