// SPDX-License-Identifier: Apache-2.0
// Warnings as the API server lets them through.
import { oneLine } from './shown.ts';
import { moreWarnings } from './warnings.ts';

/**
 * Longest warning, in UTF-16 units. The API server cuts warnings at 256 characters as soon as all of
 * those for a request, ours and others', have more than 4096; this many of this length leave it some.
 */
export const MAX_WARNING_LENGTH = 256;

/** Most warnings to a request. */
export const MAX_WARNINGS = 10;

/** The warnings, each once, on one line and cut; the last one says how many more there are. */
export function boundedWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return warnings;
  const distinct = [...new Set(warnings)];
  const told = distinct.length > MAX_WARNINGS ? distinct.slice(0, MAX_WARNINGS - 1) : distinct;
  const more = distinct.length - told.length;
  const lines = told.map((warning) => oneLine(warning, MAX_WARNING_LENGTH));
  return more === 0 ? lines : [...lines, moreWarnings(more)];
}
