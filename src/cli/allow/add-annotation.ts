// SPDX-License-Identifier: Apache-2.0
// Adds the annotation to the text of a file that does not have it yet. Pure.
import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../api/credspec.ts';
import { pairOf, startOf } from '../documents/source.ts';

/**
 * The text with the annotation, and the field `annotations` where that is missing, in the block or flow form
 * that is around it. `value` needs no quotes in block form. Undefined where the file has a form that is not known.
 */
export function addAnnotation(text: string, metadata: YAMLMap, value: string): string | undefined {
  const annotations = pairOf(metadata, 'annotations');
  const field = annotations?.value;
  const isEmpty = field === null || (isScalar(field) && field.value === null);
  if (annotations === undefined) {
    const name = pairOf(metadata, 'name');
    return metadata.flow === true
      ? intoFlow(text, metadata, `"annotations": { "${ANNOTATION}": ${JSON.stringify(value)} }`)
      : afterLine(text, name, ({ newLine, indent }) =>
          [`${indent}annotations:`, `${indent}  ${ANNOTATION}: ${value}`].join(newLine),
        );
  }
  if (isMap(field) && field.flow === true) {
    return intoFlow(text, field, `"${ANNOTATION}": ${JSON.stringify(value)}`);
  }
  if (isMap(field)) {
    const [first] = field.items;
    const indent = first === undefined ? undefined : lineOf(text, startOf(first.key)).indent;
    return afterLine(text, annotations, () => `${indent ?? ''}${ANNOTATION}: ${value}`);
  }
  return isEmpty && metadata.flow !== true
    ? afterLine(text, annotations, ({ indent }) => `${indent}  ${ANNOTATION}: ${value}`)
    : undefined;
}

interface Line {
  /** The spaces before the field; in a list, as many as its dash and spaces. */
  readonly indent: string;
  readonly newLine: string;
  /** Offset of the line break, or of the end of the text. */
  readonly end: number;
}

/** A line after the one on which a field begins. */
function afterLine(
  text: string,
  pair: Pair | undefined,
  write: (line: Line) => string,
): string | undefined {
  const start = startOf(pair?.key);
  if (start === undefined) return undefined;
  const line = lineOf(text, start);
  const added = line.newLine + write(line);
  return text.slice(0, line.end) + added + text.slice(line.end);
}

function lineOf(text: string, offset = 0): Line {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  const lineBreak = text.indexOf('\n', offset);
  const end = lineBreak < 0 ? text.length : lineBreak;
  const hasReturn = text.charAt(end - 1) === '\r';
  return {
    indent: ' '.repeat(offset - begin),
    newLine: hasReturn ? '\r\n' : '\n',
    end: hasReturn ? end - 1 : end,
  };
}

/** In front of the first field of `{ … }`, on a line of its own where that has one. */
function intoFlow(text: string, map: YAMLMap, field: string): string | undefined {
  const start = map.range?.[0];
  if (start === undefined) return undefined;
  const [space = ''] = /^\s*/.exec(text.slice(start + 1)) ?? [];
  const isEmpty = map.items.length === 0;
  return `${text.slice(0, start + 1)}${isEmpty ? '' : space}${field}${isEmpty ? '' : ','}${isEmpty ? text.slice(start + 1) : (space === '' ? ' ' : '') + text.slice(start + 1)}`;
}
