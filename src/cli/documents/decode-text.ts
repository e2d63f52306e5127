// SPDX-License-Identifier: Apache-2.0
// Bytes of a file as text, and back, in the encodings in which PowerShell writes files: `>` and Out-File of Windows
// PowerShell write UTF-16, Set-Content and others UTF-8 with a byte order mark.

/** How a text is written as bytes. */
export interface TextEncoding {
  readonly charset: 'utf-16be' | 'utf-16le' | 'utf-8';
  /** Whether a byte order mark stands before the text. */
  readonly marked: boolean;
}

/** Text without its byte order mark, or what the bytes are instead, continuing the sentence "this is …". */
export type DecodedText =
  { readonly text: string; readonly encoding: TextEncoding } | { readonly problem: string };

/** Decodes UTF-8, and UTF-16 of either byte order, each with or without a byte order mark. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const charset = charsetOf(bytes);
  try {
    // `fatal`: bytes that are not of the encoding are an error, and not a replacement character.
    const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
    const decoded = decoder.decode(bytes);
    if (decoded.includes('\0')) return { problem: 'a binary file' };
    const marked = decoded.startsWith(MARK);
    return { text: marked ? decoded.slice(MARK.length) : decoded, encoding: { charset, marked } };
  } catch {
    return { problem: 'not text in UTF-8 or UTF-16' };
  }
}

/** The bytes of a text in an encoding; the opposite of {@link decodeText}. */
export function encodeText(text: string, { charset, marked }: TextEncoding): Buffer {
  const written = marked ? MARK + text : text;
  switch (charset) {
    case 'utf-8':
      return Buffer.from(written);
    case 'utf-16le':
      return Buffer.from(written, 'utf16le');
    case 'utf-16be':
      return Buffer.from(written, 'utf16le').swap16();
  }
}

/** The byte order mark. */
const MARK = '\ufeff';

function charsetOf([first, second]: Uint8Array): TextEncoding['charset'] {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Both JSON and YAML begin with an ASCII character, whose other byte is zero.
  if (first !== undefined && first !== 0 && second === 0) return 'utf-16le';
  if (first === 0 && second !== undefined && second !== 0) return 'utf-16be';
  return 'utf-8';
}
