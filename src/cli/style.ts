// SPDX-License-Identifier: Apache-2.0
// Colours: on a terminal, and only where nobody has said that there be none.
import { styleText } from 'node:util';
import type { Environment } from '../flags/flag.ts';
import type { TextOutput } from './io.ts';

/** Text with the meaning that it has for the reader, as the terminal shows it. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  /** What the eye is to find first. */
  readonly strong: (text: string) => string;
  /** What may be passed over. */
  readonly faint: (text: string) => string;
}

/** No colours: what goes to files and pipes. */
export const PLAIN: Style = {
  good: (text) => text,
  bad: (text) => text,
  doubtful: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
};

const COLOURED: Style = {
  good: coloured('green'),
  bad: coloured('red'),
  doubtful: coloured('yellow'),
  strong: coloured('bold'),
  faint: coloured('dim'),
};

/** The style for an output: `NO_COLOR` (https://no-color.org) and `TERM=dumb` are respected. */
export function styleFor(output: TextOutput, env: Environment): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return output.isTerminal && !refused ? COLOURED : PLAIN;
}

function coloured(format: 'bold' | 'dim' | 'green' | 'red' | 'yellow'): (text: string) => string {
  return (text) => styleText(format, text, { validateStream: false });
}
