// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_FILE_BYTES } from './io.ts';
import { createProcessIo } from './process-io.ts';

const io = createProcessIo();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'process-io-'));
});
afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true });
});

describe('readFile', () => {
  it('reads all of a file, byte by byte as it is', async () => {
    const file = join(directory, 'x');
    const bytes = Buffer.from([0xff, 0xfe, 0, ...new Array<number>(200_000).fill(7)]);
    writeFileSync(file, bytes);
    expect(bytes.equals(await io.readFile(file))).toBe(true);
  });

  it('refuses what is larger than any credential spec, without reading on', async () => {
    const file = join(directory, 'x');
    writeFileSync(file, Buffer.alloc(MAX_FILE_BYTES));
    expect(await io.readFile(file)).toHaveLength(MAX_FILE_BYTES);
    writeFileSync(file, Buffer.alloc(MAX_FILE_BYTES + 1));
    await expect(io.readFile(file)).rejects.toThrow(`${file} is larger than 4 MiB`);
    await expect(io.readFile('/dev/zero')).rejects.toThrow('/dev/zero is larger than 4 MiB');
  });

  it('says why a file cannot be read', async () => {
    await expect(io.readFile(join(directory, 'x'))).rejects.toThrow(
      /cannot read .*x: no such file/,
    );
    await expect(io.readFile(directory)).rejects.toThrow(/cannot read .*: it is a directory/);
    writeFileSync(join(directory, 'y'), '');
    await expect(io.readFile(join(directory, 'y', 'z'))).rejects.toThrow(/no such file/);
  });

  it('says what to do next, whatever the reason', async () => {
    for (const path of [join(directory, 'x'), directory, 'a\0b']) {
      await expect(io.readFile(path)).rejects.toMatchObject({ hint: expect.stringMatching(/\w/) });
    }
  });
});

describe('writeFile', () => {
  it.each([
    ['a new file', undefined, 0o600],
    ['a file that others could read', 0o644, 0o600],
    ['a file that its owner alone can read', 0o400, 0o400],
  ])('leaves %s to its owner alone', async (_, before, after) => {
    const file = join(directory, 'x');
    if (before !== undefined) writeFileSync(file, 'one', { mode: before });
    await io.writeFile(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(statSync(file).mode & 0o777).toBe(after);
    expect(readdirSync(directory)).toEqual(['x']);
  });

  it('keeps the mode of a file that it edits', async () => {
    const file = join(directory, 'x');
    writeFileSync(file, 'one');
    for (const mode of [0o644, 0o640, 0o600]) {
      chmodSync(file, mode);
      await io.editFile(file, 'two');
      expect(readFileSync(file, 'utf8')).toBe('two');
      expect(statSync(file).mode & 0o777).toBe(mode);
    }
  });

  it('writes to the file behind a link, and leaves the link', async () => {
    mkdirSync(join(directory, 'real'));
    const [file, link] = [join(directory, 'real', 'x'), join(directory, 'link')];
    writeFileSync(file, 'one');
    symlinkSync(file, link);
    await io.writeFile(link, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('writes into a pipe, which stays one, also behind a link', async () => {
    const [pipe, link] = [join(directory, 'pipe'), join(directory, 'link')];
    execFileSync('mkfifo', [pipe]);
    symlinkSync(pipe, link);
    for (const path of [pipe, link]) {
      const [read] = await Promise.all([readFile(pipe, 'utf8'), io.writeFile(path, 'contents')]);
      expect(read).toBe('contents');
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(directory)).toEqual(['link', 'pipe']);
  });

  it('goes on with a file that is open already, as behind the >> of a shell', async () => {
    const file = join(directory, 'x');
    writeFileSync(file, 'one,');
    const opened = openSync(file, 'a');
    await io.writeFile(`/dev/fd/${opened}`, 'two');
    closeSync(opened);
    expect(readFileSync(file, 'utf8')).toBe('one,two');
    expect(readdirSync(directory)).toEqual(['x']);
  });

  it('leaves nothing behind where it cannot write', async () => {
    mkdirSync(join(directory, 'taken'));
    await expect(io.writeFile(join(directory, 'taken'), 'x')).rejects.toThrow(
      /cannot write .*taken/,
    );
    await expect(io.writeFile(join(directory, 'no', 'x'), 'x')).rejects.toThrow(/no such file/);
    await expect(io.writeFile(join(directory, 'no', 'x'), 'x')).rejects.toMatchObject({
      hint: expect.stringMatching(/path/),
    });
    expect(readdirSync(directory)).toEqual(['taken']);
  });
});
