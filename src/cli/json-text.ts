// SPDX-License-Identifier: Apache-2.0
import { escapeUnsafe, jsonEscape } from './unsafe-characters.ts';

/** Data as JSON for people and programs, with a line feed at its end; nothing in it can command a terminal. */
export function jsonText(data: unknown): string {
  return `${escapeUnsafe(JSON.stringify(data, null, 2), jsonEscape)}\n`;
}
