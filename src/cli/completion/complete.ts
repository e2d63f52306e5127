// SPDX-License-Identifier: Apache-2.0
// What the shell may offer for the word at the cursor, from the declarations of the commands. Pure, but for
// what `look` finds in the cluster.
import type { Completion, Flag } from '../../flags/flag.ts';
import type { Command, CommandArgument } from '../command.ts';

/** A word that is offered. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What is offered. */
export interface Offer {
  readonly candidates: readonly Candidate[];
  /** Whether the shell is to offer files where there are no candidates. */
  readonly files: 'offered' | 'not-offered';
}

/** Texts of flags by their names, as far as they are typed. */
export type TypedFlags = ReadonlyMap<string, readonly string[]>;

/** Finds the values of a kind that begin like `prefix`; in the cluster of these flags. */
export type LookUp = (
  completion: Exclude<Completion, 'files' | 'nothing' | readonly string[]>,
  prefix: string,
  flags: TypedFlags,
) => Promise<readonly Candidate[]>;

/** The offer for the last of the words behind `kubectl gmsa`. */
export async function complete(
  words: readonly string[],
  commands: readonly Command[],
  look: LookUp,
): Promise<Offer> {
  const [typed, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const command = commands.find(({ name }) => name === typed[0]);
  if (command === undefined) {
    return typed.length > 0 && typed[0] !== 'help'
      ? NOTHING
      : beginning(current, commandNames(commands));
  }
  const { flags, positionals, pending } = readTyped(command, typed.slice(1));
  if (pending !== undefined) return offer(pending.completes, current, flags, look);
  const [, name, equals, value = ''] = /^--([^=]*)(=?)(.*)$/s.exec(current) ?? [];
  if (equals === '=') {
    const flag = flagNamed(command, name);
    if (flag === undefined) return NOTHING;
    const { candidates, files } = await offer(flag.completes, value, flags, look);
    return {
      files,
      candidates: candidates.map((each) => ({ ...each, value: `--${flag.name}=${each.value}` })),
    };
  }
  if (current.startsWith('-')) return beginning(current, flagNames(command, flags));
  const argument = argumentAt(command.arguments, positionals);
  return argument === undefined ? NOTHING : offer(argument.completes, current, flags, look);
}

const NOTHING: Offer = { candidates: [], files: 'not-offered' };

async function offer(
  completion: Completion | undefined,
  prefix: string,
  flags: TypedFlags,
  look: LookUp,
): Promise<Offer> {
  if (completion === 'files') return { candidates: [], files: 'offered' };
  if (completion === undefined || completion === 'nothing') return NOTHING;
  const candidates =
    typeof completion === 'string'
      ? await look(completion, prefix, flags)
      : completion.map((value) => ({ value }));
  const files = completion === 'credspecs-and-files' ? 'offered' : 'not-offered';
  return { ...beginning(prefix, candidates), files };
}

function beginning(prefix: string, candidates: readonly Candidate[]): Offer {
  return {
    candidates: candidates.filter(({ value }) => value.startsWith(prefix)),
    files: 'not-offered',
  };
}

function commandNames(commands: readonly Command[]): readonly Candidate[] {
  return commands.map(({ name, summary }) => ({ value: name, description: summary }));
}

/** Flags that may still be given. */
function flagNames(command: Command, typed: TypedFlags): readonly Candidate[] {
  return Object.values(command.flags)
    .filter(({ hidden }) => hidden !== true)
    .filter(({ name, repeatable }) => repeatable === true || !typed.has(name))
    .map(({ name, description }) => ({ value: `--${name}`, description }));
}

function flagNamed(command: Command, name: string | undefined): Flag<unknown> | undefined {
  if (name === undefined) return undefined;
  return Object.values(command.flags).find((flag) => flag.name === name || flag.short === name);
}

interface Typed {
  readonly flags: TypedFlags;
  readonly positionals: number;
  /** The flag whose value is at the cursor. */
  readonly pending: Flag<unknown> | undefined;
}

function readTyped(command: Command, words: readonly string[]): Typed {
  const flags = new Map<string, readonly string[]>();
  let positionals = 0;
  let pending: Flag<unknown> | undefined;
  const give = (name: string, value: string): void => {
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  for (const word of words) {
    const [, name, equals, value = ''] = /^--?([^=]+)(=?)(.*)$/s.exec(word) ?? [];
    const flag = flagNamed(command, name);
    if (pending !== undefined) {
      give(pending.name, word);
      pending = undefined;
    } else if (flag !== undefined) {
      if (flag.value !== undefined && equals !== '=') pending = flag;
      else give(flag.name, value);
    } else if (name === undefined) positionals += 1;
  }
  return { flags, positionals, pending };
}

function argumentAt(all: readonly CommandArgument[], index: number): CommandArgument | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.usage.includes('...') === true ? last : undefined);
}
