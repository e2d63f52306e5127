// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonError } from './json-syntax.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('jsonError', () => {
  // `^` stands before the character that the error names.
  it.each([
    ['{"Guid": ^<guid>, "b": 1}', 'a placeholder is not replaced'],
    ['{"Guid": ^${GUID}, "b": 1}', 'a placeholder is not replaced'],
    ['{"Guid": {^{ guid }}, "b": 1}', 'a placeholder is not replaced'],
    ['{"a": 1 ^"b": 2}', 'a comma or "}" belongs here'],
    ['["a" ^"b"]', 'a comma or "]" belongs here'],
    ['{"a": [1, 2^}', 'a comma or "]" belongs here'],
    ['{"a" ^1}', 'a colon'],
    ['{"a": 1,^}', 'a comma has nothing after it before "}"'],
    ['[1,\n^]', 'a comma has nothing after it before "]"'],
    ['{^,}', 'the name of a field in double quotes'],
    ['{^a: 1}', 'the name of a field in double quotes'],
    ["{^'a': 1}", 'straight double quotes'],
    ['{"a": ^“b”}', 'straight double quotes'],
    ['{"a": ^}', 'a value belongs here'],
    ['{"a": ^True}', 'a value belongs here'],
    ['{"a": ^NaN}', 'a value belongs here'],
    ['[-^]', undefined],
    ['[0^1]', 'a comma or "]" belongs here'],
    ['[1^.]', 'a comma or "]" belongs here'],
    ['{"a": 1, ^// why\n}', 'no comments'],
    ['{"a": ^"b\n}', 'no closing quote'],
    ['{"a": ^"b', 'no closing quote'],
    ['{"a": "b^\tc"}', 'a control character'],
    ['{"a": "CORP^\\WebApp01"}', 'a backslash in a text is written twice'],
    ['{"a": "^\\u12"}', 'a backslash'],
    ['{"a": 1^\n', 'the file ends before the JSON does'],
    ['^', 'the file ends before the JSON does'],
    ['{}\n^{}', 'goes on after the end of the first value'],
    ['{"a": 1}^}', 'goes on after the end of the first value'],
    ['{"a": null^x}', 'a comma or "}" belongs here'],
    ['^{{ .Values.x }}', undefined],
  ])('names the place in %j', (marked, message) => {
    const offset = marked.indexOf('^');
    const text = marked.replace('^', '');
    const error = jsonError(text);
    if (message !== undefined) {
      expect(error?.offset).toBe(offset);
      expect(error?.message).toContain(message);
    }
    expect(error).toBeDefined();
    expect(isJson(text)).toBe(false);
  });

  it('finds an error wherever JSON.parse does, and nowhere else', () => {
    const pieces = [
      ...['{', '}', '[', ']', ',', ':', ' ', '\n', '"', '"a"', '"\\u00e9"', '\\', '\\n', 'true'],
      ...['null', '0', '-', '1.5', '.', 'e', '1e+3', '\u0000', '\u2028', '\ud800', 'x'],
    ];
    const text = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...pieces)).map(([json, at, piece]) => {
        const offset = at % (json.length + 1);
        return json.slice(0, offset) + piece + json.slice(offset + 1);
      }),
    );
    fc.assert(
      fc.property(text, (json) => {
        expect(jsonError(json) === undefined).toBe(isJson(json));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes a time that grows with the text alone, and shows nothing of it', () => {
    const start = performance.now();
    for (const piece of ['[', '"', '\\', '{"a":', 'x', ' ', '1', '"\\n']) {
      const { message = '' } = jsonError(piece.repeat((1 << 19) / piece.length)) ?? {};
      expect(message.length).toBeLessThan(150);
    }
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
