// SPDX-License-Identifier: Apache-2.0
// Remedies are texts with places to fill in, `<credspec>`, so that the same texts stand in the
// documentation. Pure.

/** What to fill in, by the word within the angle brackets. */
export type RemedyValues = Readonly<Record<string, string | undefined>>;

/** The text with what is known filled in; a place for which nothing is known stays as it is. */
export function fillIn(text: string, values: RemedyValues): string {
  return text.replaceAll(/<([a-z-]+)>/g, (place, word: string) => values[word] ?? place);
}
