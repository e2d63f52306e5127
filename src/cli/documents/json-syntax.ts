// SPDX-License-Identifier: Apache-2.0
// Where a text stops being JSON, and what belongs there (RFC 8259). `JSON.parse` names the place of some errors only,
// and quotes the text around it, which may be a secret. Pure.

/** An error in a text. */
export interface JsonError {
  /** Offset in the text. */
  readonly offset: number;
  /** What is there or belongs there, as part of a sentence. */
  readonly message: string;
}

/** What may come next. */
type Expected = 'colon' | 'first item' | 'first name' | 'name' | 'next' | 'value';

/** The first error; undefined for every text that `JSON.parse` reads. */
export function jsonError(text: string): JsonError | undefined {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    offset = skip(WHITE_SPACE, text, offset);
    const inside = open.at(-1);
    if (expected === 'next' && inside === undefined) {
      return offset === text.length ? undefined : { offset, message: GOES_ON };
    }
    const token = tokenAt(text, offset);
    if ('message' in token) return { ...token, message: token.message ?? wanted(expected, inside) };
    const next = after(token.type, expected, inside);
    if (next === undefined) return { offset, message: misplaced(token.type, expected, inside) };
    if (token.type === '{' || token.type === '[') open.push(token.type);
    if (token.type === '}' || token.type === ']') open.pop();
    expected = next;
    offset = token.end;
  }
}

const GOES_ON =
  'the text goes on after the end of the first value. A JSON file holds one: give each a file of its own';

type TokenType = ',' | ':' | '[' | ']' | 'scalar' | 'string' | '{' | '}';

/** A token, or the place where there is none, with a message if it is known what was meant. */
type Token =
  | { readonly type: TokenType; readonly end: number }
  | { readonly offset: number; readonly message: string | undefined };

function tokenAt(text: string, offset: number): Token {
  const first = text.charAt(offset);
  if (first === '"') return stringAt(text, offset);
  if (isPunctuation(first)) return { type: first, end: offset + 1 };
  const end = skip(SCALAR, text, offset);
  if (end > offset) return { type: 'scalar', end };
  if (first === '') {
    return { offset: text.trimEnd().length, message: 'the file ends before the JSON does' };
  }
  return { offset, message: MEANT.find(({ begins }) => begins.test(first))?.message };
}

function isPunctuation(text: string): text is Exclude<TokenType, 'scalar' | 'string'> {
  return /^[{}[\]:,]$/.test(text);
}

const PLACEHOLDER = 'a placeholder is not replaced by a value';

/** What people write that is JSON only in other languages. */
const MEANT: readonly { readonly begins: RegExp; readonly message: string }[] = [
  { begins: /[<$%]/, message: PLACEHOLDER },
  { begins: /['`‘’“”]/, message: 'text is written in straight double quotes, "…"' },
  { begins: /[/#]/, message: 'JSON has no comments' },
];

function stringAt(text: string, start: number): Token {
  let offset = start + 1;
  for (;;) {
    offset = skip(UNESCAPED, text, offset);
    const character = text.charAt(offset);
    if (character === '"') return { type: 'string', end: offset + 1 };
    if (character === '\\') {
      const end = skip(ESCAPE, text, offset);
      if (end === offset) {
        return { offset, message: 'a backslash in a text is written twice, "\\\\"' };
      }
      offset = end;
    } else if (character === '' || character === '\n' || character === '\r') {
      return { offset: start, message: 'the text that begins here has no closing quote' };
    } else {
      return { offset, message: 'a text holds a control character, such as a tab' };
    }
  }
}

/** What comes after the token; undefined where the token must not be. */
function after(
  token: TokenType,
  expected: Expected,
  inside: '[' | '{' | undefined,
): Expected | undefined {
  switch (expected) {
    case 'first item':
      return token === ']' ? 'next' : afterValue(token);
    case 'value':
      return afterValue(token);
    case 'first name':
      if (token === '}') return 'next';
      return token === 'string' ? 'colon' : undefined;
    case 'name':
      return token === 'string' ? 'colon' : undefined;
    case 'colon':
      return token === ':' ? 'value' : undefined;
    case 'next':
      if (token === ',') return inside === '{' ? 'name' : 'value';
      return token === (inside === '{' ? '}' : ']') ? 'next' : undefined;
  }
}

function afterValue(token: TokenType): Expected | undefined {
  if (token === '{') return 'first name';
  if (token === '[') return 'first item';
  return token === 'string' || token === 'scalar' ? 'next' : undefined;
}

function misplaced(token: TokenType, expected: Expected, inside: '[' | '{' | undefined): string {
  if (token === '{' && expected === 'first name') return PLACEHOLDER;
  const ends = token === '}' || token === ']';
  if (ends && (expected === 'name' || (expected === 'value' && inside === '['))) {
    return `a comma has nothing after it before "${token}"`;
  }
  return wanted(expected, inside);
}

function wanted(expected: Expected, inside: '[' | '{' | undefined): string {
  switch (expected) {
    case 'first item':
    case 'value':
      return 'a value belongs here';
    case 'first name':
    case 'name':
      return 'the name of a field in double quotes belongs here';
    case 'colon':
      return 'a colon, ":", belongs here';
    case 'next':
      return `a comma or "${inside === '{' ? '}' : ']'}" belongs here`;
  }
}

const WHITE_SPACE = /[ \t\n\r]*/y;
const UNESCAPED = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The offset after what the pattern matches here; the same offset where it matches nothing. */
function skip(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}
