// SPDX-License-Identifier: Apache-2.0
// The documents say what the code does and what tests show: their tables are held against both.
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { valuesOf } from '../../scripts/reference/chart-values.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const read = (path: string): Promise<string> => readFile(join(PROJECT, path), 'utf8');

/** The rows of all tables of a document that begin with such a header; cells without back-ticks. */
function rowsOf(markdown: string, header: readonly string[]): string[][] {
  const rows: string[][] = [];
  let inTable = false;
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim().replaceAll('`', ''))
      : undefined;
    if (cells === undefined) inTable = false;
    else if (header.every((title, i) => cells[i] === title)) inTable = true;
    else if (inTable && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
}

describe('every document', () => {
  it('links to files that exist, and to headings that they have', async () => {
    const dead: string[] = [];
    for await (const file of glob(['*.md', 'docs/**/*.md'], { cwd: PROJECT })) {
      const links = (await read(file)).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g);
      for (const [, target = '', heading] of links) {
        if (target.startsWith('https://')) continue;
        const path = target === '' ? file : join(dirname(file), target);
        const isThere =
          existsSync(join(PROJECT, path)) &&
          (heading === undefined || headingsOf(await read(path)).includes(heading));
        if (!isThere) dead.push(`${file}: ${target}#${heading ?? ''}`);
      }
    }
    expect(dead).toEqual([]);
  });

  it('exists where code, configuration or another document names it', async () => {
    const missing: string[] = [];
    const files = ['{src,scripts,test}/**/*.ts', '{charts,config}/**/*.{yaml,md}', 'docs/**/*.md'];
    for await (const file of glob(files, { cwd: PROJECT })) {
      for (const [named] of (await read(file)).matchAll(/(?<![\w/-])docs\/[\w/-]+\.md\b/g)) {
        if (!existsSync(join(PROJECT, named))) missing.push(`${file}: ${named}`);
      }
    }
    expect(missing).toEqual([]);
  });

  /** As GitHub names them in addresses; of those that are there twice, the first. */
  function headingsOf(markdown: string): readonly string[] {
    return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
});

describe('docs/security.md', () => {
  it('names tests that exist', async () => {
    const rows = rowsOf(await read('docs/security.md'), ['threat', 'what happens', 'shown by']);
    expect(rows.length).toBeGreaterThan(10);
    for (const [threat = '', , shownBy = ''] of rows) {
      const references = [...shownBy.matchAll(/(?:([\w-]+): )?"([^"]+)"/g)];
      expect({ threat, count: references.length > 0 }).toEqual({ threat, count: true });
      let file = '';
      for (const [, named, title = ''] of references) {
        file = named ?? file;
        expect(await read(`test/integration/${file}.test.ts`)).toContain(`'${title}'`);
      }
    }
  });
});

describe('docs/install.md', () => {
  it('names values that the chart has', async () => {
    const values = valuesOf(await read('charts/gmsa-operator/values.yaml'));
    const known = new Set(values.map(({ path }) => path));
    const named = [...(await read('docs/install.md')).matchAll(/(?:--set |`)([A-Za-z.]+)=/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !known.has(path))).toEqual([]);
  });

  it('quotes what the chart says where it refuses to be installed', async () => {
    const said = await read('charts/gmsa-operator/templates/checks.yaml');
    const rows = rowsOf(await read('docs/install.md'), ['Helm says', 'what to do']);
    const own = rows.flatMap(([message = '']) => (/^(The|gmsa-)/.test(message) ? [message] : []));
    expect(own).toHaveLength(2);
    for (const part of own.flatMap((message) => message.split('…'))) expect(said).toContain(part);
    const chart = await read('charts/gmsa-operator/Chart.yaml');
    const [, kubeVersion = ''] = /^kubeVersion: '(.*)'$/m.exec(chart) ?? [];
    expect(rows.map(([message]) => message)).toContain(
      `chart requires kubeVersion: ${kubeVersion}`,
    );
  });
});

describe('docs/architecture.md', () => {
  it('says of each room of src what it may import, as the linter has it', async () => {
    const config = await read('eslint.config.js');
    const [, table = ''] = /const mayImport = \{(.*?)\n\};/s.exec(config) ?? [];
    const rules = [...table.matchAll(/'?([\w/-]+)'?: \[(.*?)\]/gs)].map(
      ([, room, allowed = '']) => [
        `src/${String(room)}`,
        [...allowed.matchAll(/'(.*?)'/g)].map(([, one]) => one).join(', '),
      ],
    );
    const rows = rowsOf(await read('docs/architecture.md'), ['folder', 'holds', 'may import']);
    const told = rows
      .filter(([folder = '']) => rules.some(([room]) => room === folder))
      .map(([folder, , allowed = '']) => [folder, allowed === 'none' ? '' : allowed]);
    expect(told.sort()).toEqual(rules.sort());
  });

  it('has a row for every folder of src and test, and none for what is not there', async () => {
    const rows = rowsOf(await read('docs/architecture.md'), ['folder', 'holds', 'may import']);
    const told = rows.flatMap(([folders = '']) => folders.split(', '));
    const folders = new Set<string>();
    for await (const file of glob('{src/**,test/*}/*.ts', { cwd: PROJECT })) {
      if (!file.includes('/testing/')) folders.add(dirname(file));
    }
    folders.delete('src');
    expect(told.filter((folder) => /^(src|test)\/[^.]*$/.test(folder)).sort()).toEqual(
      [...folders].sort(),
    );
    expect(told.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });
});
