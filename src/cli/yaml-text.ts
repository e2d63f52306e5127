// SPDX-License-Identifier: Apache-2.0
// Data as YAML. Loaded when YAML is asked for: the package is large, and CommonJS, which has no names of its own where it
// is imported on demand from a bundle.
import { Document, visit } from 'yaml';
import { isAmbiguous } from './ambiguous-text.ts';
import { escapeUnsafe, hasUnsafe, jsonEscape } from './unsafe-characters.ts';

/**
 * Data as YAML that every parser reads alike, whether it knows YAML 1.1 or 1.2: without anchors, with quotes around text
 * that could be taken for something else, and with nothing in it that can command a terminal. Long lines are not folded.
 */
export function yamlText(data: unknown): string {
  const document = new Document(data, {
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      if (hasUnsafe(node.value)) node.type = 'QUOTE_DOUBLE';
      else if (isAmbiguous(node.value)) node.type = 'QUOTE_SINGLE';
    },
  });
  const text = document.toString({
    ...{ lineWidth: 0, singleQuote: true },
    // A line feed in double quotes is an escape: nothing in a value begins a line.
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  // What is unsafe is in double quotes now.
  return escapeUnsafe(text, yamlEscape);
}

/** As in JSON, but for characters beyond U+FFFF, of which YAML knows no halves. */
function yamlEscape(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  return codePoint > 0xffff
    ? `\\U${codePoint.toString(16).padStart(8, '0')}`
    : jsonEscape(character);
}
