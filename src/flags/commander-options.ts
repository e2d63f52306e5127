// SPDX-License-Identifier: Apache-2.0
// Flags as options of commander, which collects the texts that were given for each.
import { type Command, Option } from 'commander';
import type { Flag } from './flag.ts';

/** Adds flags to a command, in the order of its help. */
export function addFlags(command: Command, flags: readonly Flag<unknown>[]): void {
  for (const flag of flags) {
    const option = new Option(termOf(flag), descriptionOf(flag))
      .hideHelp(flag.hidden === true)
      // For a flag without its value.
      .preset('true')
      .argParser((text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        text,
      ]);
    command.addOption(option);
  }
}

/** The texts of each flag that was given, by its name, in their order. */
export function givenTexts(command: Command): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const option of command.options) {
    const texts: unknown = command.getOptionValue(option.attributeName());
    if (Array.isArray(texts)) given.set(option.name(), texts as readonly string[]);
  }
  return given;
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
