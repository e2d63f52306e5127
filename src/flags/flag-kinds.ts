// SPDX-License-Identifier: Apache-2.0
// Kinds of flags that there are several of: durations, choices, switches, addresses.
import { BIND_ADDRESS_FORMS, type BindAddress, parseBindAddress } from './bind-address.ts';
import { parseDuration } from './duration.ts';
import type { Flag } from './flag.ts';

/** What makes one flag of its kind different from another; `default` as one would write it. */
export type FlagText = Pick<Flag<unknown>, 'description' | 'name'> & { readonly default: string };

/** A flag that is true or false; alone, without a value, it means true. */
export function booleanFlag(flag: FlagText): Flag<boolean> {
  return {
    ...flag,
    value: 'true|false',
    allowed: 'true or false',
    parse: parseBoolean,
    valueIsOptional: true,
  };
}

/** A flag whose value is a duration between two others; its value is in milliseconds. */
export function durationFlag({
  minimum,
  maximum,
  ...flag
}: FlagText & { readonly minimum: string; readonly maximum: string }): Flag<number> {
  const [minimumMs, maximumMs] = [parseDuration(minimum) ?? 0, parseDuration(maximum) ?? 0];
  return {
    ...flag,
    value: 'duration',
    allowed: `a duration from ${minimum} to ${maximum}, such as 90s, 1h30m or 1.5h`,
    parse(text) {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
    },
  };
}

/** A flag whose value is one of some words. */
export function choiceFlag<const T extends string>({
  values,
  ...flag
}: FlagText & { readonly values: readonly T[] }): Flag<T> {
  return {
    ...flag,
    value: values.join('|'),
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** A flag that says where a server listens, or that it does not. */
export function bindAddressFlag(flag: FlagText): Flag<BindAddress | 'disabled'> {
  return { ...flag, value: 'address', allowed: BIND_ADDRESS_FORMS, parse: parseBindAddress };
}

/** The words of Go's strconv.ParseBool. */
function parseBoolean(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}
