// SPDX-License-Identifier: Apache-2.0
// The values of the chart. Their descriptions are the comments of values.yaml that begin with `--`.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { code, table } from './markdown.ts';

const VALUES_FILE = new URL('../../charts/gmsa-operator/values.yaml', import.meta.url);

/** A value that users may set. */
export interface ChartValue {
  /** `image.tag`. */
  readonly path: string;
  readonly description: string;
  /** As JSON. */
  readonly default: string;
}

/** All values, in the order of values.yaml. */
export function chartValues(): string {
  return table(
    ['value', 'what it is', 'default'],
    valuesOf(readFileSync(VALUES_FILE, 'utf8')).map(({ path, description, default: value }) => [
      code(path),
      description,
      code(value),
    ]),
  );
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
