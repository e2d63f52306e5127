// SPDX-License-Identifier: Apache-2.0
// The texts that programs print, as they stand in the source: literals, and what is put together from them.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** A text of the source, and where it stands. */
export interface SourceText {
  /** From the project's directory on. */
  readonly file: string;
  readonly text: string;
}

/** All of them, but those of tests. */
export async function sourceTexts(): Promise<readonly SourceText[]> {
  const texts: SourceText[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: PROJECT })) {
    if (/\.test\.ts$|\/testing\//.test(file)) continue;
    const code = await readFile(join(PROJECT, file), 'utf8');
    texts.push(...textsIn(code).map((text) => ({ file, text })));
  }
  return texts;
}

/** The texts in a file; what is not known before it runs is a place to fill in: `<namespace>`. */
export function textsIn(code: string): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text === undefined) {
      ts.forEachChild(node, visit);
      return;
    }
    texts.push(text);
    // A text within a place of another stands for itself.
    if (ts.isTemplateExpression(node)) ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.ts', code, ts.ScriptTarget.Latest));
  return texts;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      ({ expression, literal }) => `<${nameOf(expression)}>${literal.text}`,
    );
    return [node.head.text, ...spans].join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    if (left === undefined && right === undefined) return undefined;
    return (left ?? `<${nameOf(node.left)}>`) + (right ?? `<${nameOf(node.right)}>`);
  }
  return undefined;
}

/** What a place is called: by its last name. */
function nameOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : 'value';
}
