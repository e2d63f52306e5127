// SPDX-License-Identifier: Apache-2.0
// Messages of others, as they are shown and handed on: on one line, not endless, and without what may be
// secret. Container runtimes put the whole configuration of a container into theirs. Pure.
import { cut } from '../../api/printable.ts';

/** Enough to see what went wrong. */
const MAX_LENGTH = 400;

/** The message; what comes after `PluginInput` in it is left out. */
export function shownMessage(message: string): string {
  const [before = '', secret] = message.split(/PluginInput/i, 2);
  const line = before.trim().replaceAll(/\s+/g, ' ');
  const safe = secret === undefined ? line : `${line}PluginInput and what follows is left out`;
  return safe.length > MAX_LENGTH ? `${cut(safe, MAX_LENGTH)}…` : safe;
}
