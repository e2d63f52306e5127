// SPDX-License-Identifier: Apache-2.0
// Kinds of flags that there are several of: texts, lists, switches, booleans, durations, choices.
import { parseDuration } from './duration.ts';
import type { Flag } from './flag.ts';

/** What makes one flag of its kind different from another. */
export type FlagWords = Omit<Flag<unknown>, 'allowed' | 'parse' | 'repeatable' | 'valueIsOptional'>;

/** A flag with any text. */
export function textFlag<W extends FlagWords & { readonly value: string }>(
  words: W,
): Flag<string> & W {
  return { ...words, allowed: 'a text', parse: (text) => text };
}

/** A flag with any text that a user can give more than once. */
export function listFlag<W extends FlagWords & { readonly value: string }>(
  words: W,
): Flag<string> & W & { readonly repeatable: true } {
  return { ...textFlag(words), repeatable: true };
}

/** A flag without a value: given or not. */
export function switchFlag<W extends FlagWords>(
  words: W,
): Flag<boolean> & W & { readonly default: string } {
  return { ...words, default: 'false', allowed: 'true or false', parse: parseBoolean };
}

/** A flag that is true or false; alone, without a value, it means true. */
export function booleanFlag<W extends FlagWords>(words: W): Flag<boolean> & W {
  return {
    ...words,
    value: 'true|false',
    allowed: 'true or false',
    parse: parseBoolean,
    valueIsOptional: true,
  };
}

/** A flag whose value is a duration in a range, or any above 0; its value is in milliseconds. */
export function durationFlag<
  W extends FlagWords & { readonly range?: readonly [minimum: string, maximum: string] },
>(words: W): Flag<number> & W {
  const { range } = words;
  const [minimumMs = Number.MIN_VALUE, maximumMs = Infinity] = (range ?? []).map(parseDuration);
  const bounds = range === undefined ? 'above 0' : `from ${range[0]} to ${range[1]}`;
  return {
    ...words,
    value: 'duration',
    allowed: `a duration ${bounds}, such as 90s, 1h30m or 1.5h`,
    parse(text) {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
    },
  };
}

/** A flag whose value is one of some words. */
export function choiceFlag<const T extends string, W extends FlagWords>(
  words: W & { readonly values: readonly T[] },
): Flag<T> & W {
  const { values } = words;
  return {
    ...words,
    value: values.join('|'),
    completes: values,
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** The words of Go's strconv.ParseBool. */
function parseBoolean(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}
