// SPDX-License-Identifier: Apache-2.0
// Which name somebody meant who wrote another one. Pure.

/** The name that differs in case, "-" and "_" alone, else the first that differs in few letters. */
export function similarName(written: string, names: readonly string[]): string | undefined {
  return (
    names.find((name) => plain(name) === plain(written)) ??
    names.find((name) => isClose(plain(written), plain(name)))
  );
}

/** Letters that may be wrong: more in a longer name, as a short one soon is another word. */
const LETTERS_PER_MISTAKE = 4;

/** Letters that a name has at least which stands for a longer one, as in `spec` for `credspec`. */
const SHORTEST_PART = 3;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

function isClose(written: string, name: string): boolean {
  const mistakes = Math.floor(name.length / LETTERS_PER_MISTAKE);
  // The length comes first: the distance takes the product of both.
  if (Math.abs(written.length - name.length) <= mistakes && distance(written, name) <= mistakes) {
    return true;
  }
  return written.length >= SHORTEST_PART && name.includes(written);
}

/** Letters to insert, remove or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
