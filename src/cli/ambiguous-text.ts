// SPDX-License-Identifier: Apache-2.0
// Text that a YAML parser takes for a number, a boolean, a time or nothing if it stands without quotes. Parsers differ: of
// YAML 1.1 (https://yaml.org/type) and 1.2 (its core schema), and the one of Go, which kubectl uses and which reads more
// than either. Pure.

/** Whether some parser reads this text as something else than text. */
export function isAmbiguous(text: string): boolean {
  // YAML 1.1 has "_", and some parsers "," between digits.
  const digits = text.replaceAll(/[_,]/g, '');
  return WORD.test(text) || TIME.test(text) || NUMBERS.some((number) => number.test(digits));
}

/** Booleans, nothing, infinity, and the two operators of YAML 1.1; parsers differ in which cases they accept. */
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+]?\.inf|\.nan|=|<<|)$/i;

/** Dates, also with a time behind. */
const TIME = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt \t])/;

const NUMBERS: readonly RegExp[] = [
  /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d*)?$/i,
  /^[-+]?0(?:x[\da-f]+|o[0-7]+|b[01]+)$/i,
  // Hexadecimal with an exponent to the base of two, which Go knows.
  /^[-+]?0x[\da-f]*\.?[\da-f]*p[-+]?\d+$/i,
  // To the base of sixty: 12:30:45.
  /^[-+]?\d+(?::\d+)+(?:\.\d*)?$/,
];
