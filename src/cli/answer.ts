// SPDX-License-Identifier: Apache-2.0
// How what a command found is printed: for people, or as JSON or YAML for programs. The one place for it.
import { choiceFlag } from '../flags/flag-kinds.ts';
import type { Io } from './io.ts';
import { jsonText } from './json-text.ts';
import { type Style, styledSafely, styleFor } from './style.ts';

/** The flag `-o` of the commands that answer something. */
export const OUTPUT_FLAG = choiceFlag({
  name: 'output',
  short: 'o',
  values: ['table', 'json', 'yaml'],
  default: 'table',
  description: 'form of the output',
});

/** A value of `-o`. */
export type OutputForm = 'json' | 'table' | 'yaml';

/** What a command found. */
export interface Answer {
  /** For programs; its fields are part of the reference. */
  readonly data: unknown;
  /**
   * For people: lines, the last one with its line feed. What is not printable is escaped when it is printed;
   * line feeds in what others wrote are not.
   */
  readonly text: (style: Style) => string;
}

/** Prints an answer on stdout. */
export async function printAnswer(
  { stdout, env }: Pick<Io, 'env' | 'stdout'>,
  form: OutputForm,
  answer: Answer,
): Promise<void> {
  stdout.write(await rendered(answer, form, styleFor(stdout, env)));
}

async function rendered({ data, text }: Answer, form: OutputForm, style: Style): Promise<string> {
  switch (form) {
    case 'table':
      return styledSafely(text, style);
    case 'json':
      return jsonText(data);
    case 'yaml': {
      const { yamlText } = await import('./yaml-text.ts');
      return yamlText(data);
    }
  }
}
