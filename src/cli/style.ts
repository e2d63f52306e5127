// SPDX-License-Identifier: Apache-2.0
// Colours: on a terminal, and only where nobody has said that there be none.
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { escapeInLines } from '../api/printable.ts';
import type { Environment } from '../flags/flag.ts';
import type { TextOutput } from './io.ts';

/** By the meaning that a text has for the reader. */
const COLOURS = {
  good: 'green',
  bad: 'red',
  doubtful: 'yellow',
  /** What the eye is to find first. */
  strong: 'bold',
  /** What may be passed over. */
  faint: 'dim',
} as const;

/** Text with the meaning that it has for the reader, as the terminal shows it. */
export type Style = Readonly<Record<keyof typeof COLOURS, (text: string) => string>>;

/** No colours: what goes to files and pipes. */
export const PLAIN = styleOf(() => (text) => text);

const COLOURED = styleOf(
  (name) => (text) => styleText(COLOURS[name], text, { validateStream: false }),
);

function styleOf(formatter: (name: keyof Style) => (text: string) => string): Style {
  const names = Object.keys(COLOURS) as (keyof Style)[];
  return Object.fromEntries(names.map((name) => [name, formatter(name)])) as Style;
}

/** The style for an output: `NO_COLOR` (https://no-color.org) and `TERM=dumb` are respected. */
export function styleFor(output: TextOutput, env: Environment): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return output.isTerminal && !refused ? COLOURED : PLAIN;
}

/**
 * What `text` makes, with the colours of the style, and of all the rest whatever is not printable escaped: what
 * comes out of containers and clusters must not command the terminal of whoever asks.
 */
export function styledSafely(text: (style: Style) => string, style: Style): string {
  // Nobody else's text can hold what is not known before.
  const mark = randomUUID();
  const marking = styleOf((name) => (part) => `${mark}${name}:${part}${mark}`);
  return escapeInLines(text(marking)).replaceAll(
    new RegExp(`${mark}(\\w+):([^]*?)${mark}`, 'g'),
    (_, name: keyof Style, part: string) => style[name](part),
  );
}
