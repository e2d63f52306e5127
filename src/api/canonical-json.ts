// SPDX-License-Identifier: Apache-2.0
// Contents as the bytes that Go's encoding/json makes of them: what the existing webhook inlines into
// pods, so that ours inlines the same, byte for byte, whichever of the two admitted a pod.

/** Levels of objects and lists that {@link canonicalJson} accepts; a credspec has four. */
export const MAX_JSON_DEPTH = 1000;

/** Says that a value has no canonical JSON: nested too deeply, or not JSON at all. */
export class NotCanonicalError extends Error {
  override readonly name = 'NotCanonicalError';
}

/**
 * Compact JSON with the keys of every object sorted by their UTF-8 bytes, and `<`, `>`, `&`, U+2028 and
 * U+2029 escaped as `\u003c` … (Go's default). Lone surrogates become U+FFFD, as they do when Go decodes
 * them; properties that are `undefined` are left out.
 *
 * Numbers are written as Go writes a float64. That is exact for all that JSON.parse keeps exact: whole
 * numbers beyond 2^53 have lost digits before they get here. A credspec holds strings only.
 *
 * @throws NotCanonicalError on more than {@link MAX_JSON_DEPTH} levels, NaN, infinities, functions and
 * the like.
 */
export function canonicalJson(value: unknown): string {
  return encode(value, 0);
}

function encode(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return encodeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_JSON_DEPTH) {
        throw new NotCanonicalError(
          `nested more than ${MAX_JSON_DEPTH} levels deep: a credential spec has four`,
        );
      }
      return Array.isArray(value)
        ? `[${value.map((item) => encode(item, depth + 1)).join(',')}]`
        : encodeObject(value, depth);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new NotCanonicalError(`a ${typeof value} cannot be written as JSON`);
  }
}

function encodeString(text: string): string {
  // JSON.stringify escapes as Go does, but for these five; Go escapes them against HTML and JSONP.
  return JSON.stringify(text.toWellFormed())
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new NotCanonicalError(`the number ${value} cannot be written as JSON`);
  }
  // Go formats a float64 by the rules of ECMAScript, but keeps the sign of zero.
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeObject(object: object, depth: number): string {
  // Keys that differ only in lone surrogates are one key after decoding; the last one wins, as in Go.
  const properties = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    if (value !== undefined) properties.set(key.toWellFormed(), value);
  }
  const members = [...properties]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) => `${encodeString(key)}:${encode(value, depth + 1)}`);
  return `{${members.join(',')}}`;
}
