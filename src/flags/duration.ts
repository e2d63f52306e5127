// SPDX-License-Identifier: Apache-2.0
// Durations as Go writes them, which is how every flag of the ecosystem takes them.

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Micro sign and Greek mu: Go knows both. Escaped, for a letter beyond Latin-1 makes V8 keep the whole
  // bundle at two bytes a letter.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations are 64-bit counts of nanoseconds; in hours that is about 2.5 million. */
const MAX_MS = 2 ** 63 / 1e6;

const TERM = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/**
 * Milliseconds of a duration in the grammar of Go's `time.ParseDuration`: an optional sign, then
 * decimal numbers each with a unit (`15s`, `1h30m`, `1.5h`, `-500ms`), or just `0`. Undefined where it
 * is none.
 */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const unsigned = negative || text.startsWith('+') ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  let total = 0;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < unsigned.length) {
    const [, number = '', unit = ''] = TERM.exec(unsigned) ?? [];
    const factor = UNITS[unit];
    if (factor === undefined) return undefined;
    total += Number(number) * factor;
  }
  if (unsigned === '' || total > MAX_MS) return undefined;
  return negative ? -total : total;
}
