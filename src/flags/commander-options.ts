// SPDX-License-Identifier: Apache-2.0
// Flags as options of commander, which collects the texts that were given for each.
import { type Command, Option } from 'commander';
import type { Flag, Flags } from './flag.ts';

/** Adds flags to a command, in the order of its help. */
export function addFlags(command: Command, flags: Flags): void {
  for (const flag of Object.values(flags)) {
    const option = new Option(termOf(flag), descriptionOf(flag))
      .hideHelp(flag.hidden === true)
      .argParser((text: string | undefined, before: unknown) => [
        ...textsOf(before),
        text ?? 'true',
      ]);
    command.addOption(option);
  }
}

/** The texts of each flag that was given, by its name, in their order. */
export function givenTexts(command: Command): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const option of command.options) {
    const texts = textsOf(command.getOptionValue(option.attributeName()));
    if (texts.length > 0) given.set(option.name(), texts);
  }
  return given;
}

/** commander has `true` in place of texts if an optional value was left out. */
function textsOf(value: unknown): readonly string[] {
  if (value === true) return ['true'];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function termOf({ name, short, value, valueIsOptional }: Flag<unknown>): string {
  const long = short === undefined ? `--${name}` : `-${short}, --${name}`;
  if (value === undefined) return long;
  return valueIsOptional === true ? `${long} [${value}]` : `${long} <${value}>`;
}

function descriptionOf(flag: Flag<unknown>): string {
  if (flag.repeatable === true) return `${flag.description}; may be repeated`;
  return flag.default === undefined || flag.value === undefined
    ? flag.description
    : `${flag.description} (default: ${flag.default})`;
}
