// SPDX-License-Identifier: Apache-2.0
// Writes the values of the chart into its README: `node scripts/chart-readme.ts`. The descriptions are the
// comments of values.yaml that begin with `--`, so that they are written once.
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

const chart = new URL('../charts/gmsa-operator/', import.meta.url);

/** Files of the chart. */
export const VALUES_FILE = fileURLToPath(new URL('values.yaml', chart));
export const SCHEMA_FILE = fileURLToPath(new URL('values.schema.json', chart));
export const README_FILE = fileURLToPath(new URL('README.md', chart));

const BEGIN = '<!-- Written by `make chart-readme` from values.yaml. -->';
const END = '<!-- End of the values. -->';

/** A value that users may set. */
export interface ChartValue {
  /** `image.tag`. */
  readonly path: string;
  readonly description: string;
  /** As JSON. */
  readonly default: string;
}

/**
 * The values in a values.yaml, in its order: those with a description, and below them nothing.
 * @throws Error where a value has no description and no values in it.
 */
export function valuesOf(yaml: string): readonly ChartValue[] {
  const { contents } = parseDocument(yaml);
  if (!isMap(contents)) throw new Error('values.yaml holds no map');
  return [...valuesIn(contents, [])];
}

/** A README with the table of these values in place of the one that it holds. */
export async function withValues(readme: string, values: readonly ChartValue[]): Promise<string> {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md lacks ${BEGIN} or ${END}`);
  const rows = values.map(
    ({ path, description, default: value }) =>
      `| \`${path}\` | ${description.replaceAll('|', '\\|')} | \`${value}\` |`,
  );
  const table = ['| value | what it is | default |', '| --- | --- | --- |', ...rows].join('\n');
  const text = `${readme.slice(0, begin)}${BEGIN}\n\n${table}\n\n${readme.slice(end)}`;
  return format(text, { ...(await resolveConfig(README_FILE)), parser: 'markdown' });
}

function* valuesIn(map: YAMLMap, parents: readonly string[]): Generator<ChartValue> {
  let isFirst = true;
  for (const { key, value } of map.items) {
    if (!isScalar(key)) throw new Error('a value has no name');
    const path = [...parents, String(key.value)];
    // The comment of a map's first key is that of the map, as the parser has it.
    const comment = (isFirst ? map.commentBefore : undefined) ?? key.commentBefore ?? '';
    isFirst = false;
    const description = descriptionIn(comment);
    if (description !== undefined) {
      const json = JSON.stringify(isScalar(value) ? value.value : (value as YAMLMap).toJSON());
      yield { path: path.join('.'), description, default: json };
    } else if (isMap(value)) {
      yield* valuesIn(value, path);
    } else {
      throw new Error(`values.yaml: ${path.join('.')} lacks a comment that begins with \`--\``);
    }
  }
}

function descriptionIn(comment: string): string | undefined {
  const [, text] = comment.split(/^ *-- /m);
  return text?.replaceAll(/\s*\n\s*/g, ' ').trim();
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [values, readme] = await Promise.all([
    readFile(VALUES_FILE, 'utf8'),
    readFile(README_FILE, 'utf8'),
  ]);
  await writeFile(README_FILE, await withValues(readme, valuesOf(values)));
}
