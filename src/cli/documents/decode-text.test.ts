// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeText, encodeText } from './decode-text.ts';

const TEXT = '{"Name":"Bücher 🪟"}\r\n';
const utf16le = Buffer.from(TEXT, 'utf16le');
const utf16be = Buffer.from(utf16le).swap16();

describe('decodeText', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT), { charset: 'utf-8', marked: false }],
    [
      'UTF-8 with a byte order mark',
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(TEXT)]),
      { charset: 'utf-8', marked: true },
    ],
    [
      'UTF-16 LE as `>` of Windows PowerShell writes it',
      Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le]),
      { charset: 'utf-16le', marked: true },
    ],
    [
      'UTF-16 BE',
      Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be]),
      { charset: 'utf-16be', marked: true },
    ],
    ['UTF-16 LE without a byte order mark', utf16le, { charset: 'utf-16le', marked: false }],
    ['UTF-16 BE without a byte order mark', utf16be, { charset: 'utf-16be', marked: false }],
  ] as const)('reads %s, and writes the same bytes', (_, bytes, encoding) => {
    expect(decodeText(bytes)).toEqual({ text: TEXT, encoding });
    expect(encodeText(TEXT, encoding).equals(bytes)).toBe(true);
  });

  it.each([
    ['bytes of no encoding', Buffer.from([0x7b, 0xff, 0x22]), 'not text in UTF-8 or UTF-16'],
    ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x7b]), 'not text in UTF-8 or UTF-16'],
    ['a program', Buffer.from('\u007fELF\u0001\0\0x'), 'a binary file'],
  ])('says what %s is', (_, bytes, problem) => {
    expect(decodeText(bytes)).toEqual({ problem });
  });

  it('takes nothing for an empty text', () => {
    expect(decodeText(Buffer.alloc(0))).toMatchObject({ text: '' });
  });
});
