// SPDX-License-Identifier: Apache-2.0
// Documents that are written by hand, but for parts that are made from the code: those stand between two
// comments that name the part.

/** The text of each part, by its name. */
export type Parts = Readonly<Record<string, () => string>>;

const PART = /<!-- Written by `make reference`: (.+)\. -->\n[^]*?<!-- End of \1\. -->/g;

/**
 * A document with each part as it is to be. What stands around them stays.
 * @throws Error where the document has no place for a part, or one for a part that there is not.
 */
export function withParts(document: string, parts: Parts): string {
  const missing = new Set(Object.keys(parts));
  const text = document.replaceAll(PART, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`there is no part called "${name}"`);
    missing.delete(name);
    return inPlace(name, part());
  });
  const [name] = missing;
  if (name === undefined) return text;
  throw new Error(`there is no place for the part "${name}": put one in:\n${inPlace(name, '')}`);
}

function inPlace(name: string, text: string): string {
  return `<!-- Written by \`make reference\`: ${name}. -->\n\n${text}\n\n<!-- End of ${name}. -->`;
}
