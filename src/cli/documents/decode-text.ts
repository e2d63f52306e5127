// SPDX-License-Identifier: Apache-2.0
// Bytes of a file as text, in the encodings in which PowerShell writes files: `>` and Out-File of Windows
// PowerShell write UTF-16, Set-Content and others UTF-8 with a byte order mark.

/** Text, or what the bytes are instead, continuing the sentence "this is …". */
export type DecodedText = { readonly text: string } | { readonly problem: string };

/** Decodes UTF-8, and UTF-16 of either byte order, each with or without a byte order mark. */
export function decodeText(bytes: Uint8Array): DecodedText {
  try {
    // Drops the byte order mark; `fatal`: a byte that is none of the encoding's is no character.
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.includes('\0') ? { problem: 'a binary file' } : { text };
  } catch {
    return { problem: 'no text in UTF-8 or UTF-16' };
  }
}

function encodingOf([first, second]: Uint8Array): 'utf-16be' | 'utf-16le' | 'utf-8' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Both JSON and YAML begin with an ASCII character, whose other byte is zero.
  if (first !== undefined && first !== 0 && second === 0) return 'utf-16le';
  if (first === 0 && second !== undefined && second !== 0) return 'utf-16be';
  return 'utf-8';
}
