// SPDX-License-Identifier: Apache-2.0
// The documents say what the code does and what tests show: their tables are held against both.
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Denial } from '../../src/admission/decision.ts';
import * as denials from '../../src/admission/denials.ts';
import { podPlaces } from '../../src/admission/pod-places.ts';
import { CONDITION_REASONS } from '../../src/api/conditions.ts';
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
  it('links to files that exist', async () => {
    const dead: string[] = [];
    for await (const file of glob(['*.md', 'docs/**/*.md'], { cwd: PROJECT })) {
      for (const [, target = ''] of (await read(file)).matchAll(/\]\(([^)#]+)/g)) {
        const isElsewhere = target.startsWith('https://');
        if (!isElsewhere && !existsSync(join(PROJECT, dirname(file), target))) {
          dead.push(`${file}: ${target}`);
        }
      }
    }
    expect(dead).toEqual([]);
  });
});

describe('docs/reference/status.md', () => {
  it('lists every condition with its reasons', async () => {
    const rows = rowsOf(await read('docs/reference/status.md'), ['condition', 'status', 'reason']);
    const listed: Record<string, string[]> = {};
    let type = '';
    for (const [condition = '', , reason = ''] of rows) {
      if (condition !== '') type = condition;
      (listed[type] ??= []).push(reason);
    }
    expect(Object.fromEntries(Object.entries(listed).map(sorted))).toEqual(
      Object.fromEntries(Object.entries({ ...CONDITION_REASONS, Ready: ['Ready'] }).map(sorted)),
    );
  });

  it('lists every field and column of the CustomResourceDefinition', async () => {
    const crd = await read('crds/windows.k8s.io_gmsacredentialspecs.yaml');
    const document = await read('docs/reference/status.md');
    const columns = [...crd.matchAll(/^ {8}- name: (\S+)$/gm)].map(([, name = '']) => name);
    expect(rowsOf(document, ['column', 'shows']).map(([name]) => name)).toEqual(
      columns.map((name) => name.toUpperCase()),
    );
    const [, status = ''] = crd.split(/^ {12}status:$/m);
    const fields = [...status.matchAll(/^ {16}(\w+):$/gm)].map(([, name = '']) => name);
    expect(rowsOf(document, ['field', 'holds']).map(([name]) => name)).toEqual(
      fields.map((name) => `status.${name}`),
    );
  });

  const sorted = ([type, reasons]: [string, readonly string[]]): [string, readonly string[]] => [
    type,
    [...reasons].sort(),
  ];
});

describe('docs/reference/events.md', () => {
  it('lists the reasons of conditions that are told, and those of Events alone', async () => {
    const code = await read('src/controller/status/status-news.ts');
    const own = [...code.matchAll(/(?:reason: |change\()'(\w+)'/g)].map(([, reason]) => reason);
    const told = [...CONDITION_REASONS.Valid, ...CONDITION_REASONS.AccessGranted].filter(
      (reason) => !['Valid', 'AccessGranted', 'NoServiceAccounts'].includes(reason),
    );
    const rows = rowsOf(await read('docs/reference/events.md'), ['type', 'reason', 'tells']);
    expect(rows.map(([, reason]) => reason).sort()).toEqual([...new Set([...own, ...told])].sort());
  });
});

describe('docs/reference/events.md, about the webhook configurations', () => {
  it('lists their reasons', async () => {
    const code = await read('src/controller/admission/configuration-reconciler.ts');
    const told = [...code.matchAll(/(?:reason: |warning\(\s*)'(\w+)'/g)].map(
      ([, reason]) => reason,
    );
    const rows = rowsOf(await read('docs/reference/events.md'), ['kind', 'reason', 'about']);
    expect(rows.map(([, reason]) => reason).sort()).toEqual([...new Set(told)].sort());
  });
});

describe('docs/reference/admission.md', () => {
  it('lists every denial with its code and the beginning of its message', async () => {
    const [place] = podPlaces({
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c' }] },
    });
    if (place === undefined) throw new Error('a pod has places');
    const use = { namespace: 'n', serviceAccount: 's', credspecName: 'w' };
    const made: readonly Denial[] = [
      denials.notAuthorized(use, undefined),
      denials.doesNotExist('w', place),
      denials.hasNoContents('w'),
      denials.contentsWithoutName(place),
      denials.contentsDoNotMatch('w', place),
      denials.contentsNotInlined('w', place),
      denials.cannotUpdate('name', place),
      denials.cannotLookUp('w', 'why'),
      denials.cannotAuthorize(use, 'why'),
    ];
    // All but that a request is no review of a pod, which no pod can cause.
    expect(made).toHaveLength(Object.keys(denials).length - 1);
    const rows = rowsOf(await read('docs/reference/admission.md'), ['code', 'message begins']);
    const unlisted = made.filter(
      ({ code, message }) =>
        !rows.some(
          ([listed, begins = '']) =>
            listed === String(code) && beginsWith(message.replaceAll('`', ''), begins),
        ),
    );
    expect(unlisted).toEqual([]);
    expect(rows.length).toBeLessThanOrEqual(made.length);
  });

  /** Whether a message begins with a text in which `<…>` stands for anything. */
  function beginsWith(message: string, text: string): boolean {
    const [first = '', ...others] = text.split(/<[^>]*>/);
    let at = message.startsWith(first) ? first.length : -1;
    for (const part of others) {
      const found = at < 0 ? -1 : message.indexOf(part, at + 1);
      at = found < 0 ? -1 : found + part.length;
    }
    return at >= 0;
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
  it('says of each folder of src what it may import, as the linter has it', async () => {
    const config = await read('eslint.config.js');
    const [, table = ''] = /const mayImport = \{([^}]*)\}/.exec(config) ?? [];
    const rules = [...table.matchAll(/(\w+): \[(.*?)\]/g)].map(([, folder, allowed = '']) => [
      `src/${String(folder)}`,
      allowed.replaceAll("'", ''),
    ]);
    const rows = rowsOf(await read('docs/architecture.md'), ['folder', 'holds', 'may import']);
    const told = rows
      .filter(([folder = '']) => /^src\/\w+$/.test(folder))
      .map(([folder, , allowed = '']) => [folder, allowed === 'none' ? '' : allowed]);
    expect(told.sort()).toEqual(rules.sort());
  });
});
