// SPDX-License-Identifier: Apache-2.0
// docs/troubleshooting.md shows the remedies that the plugin prints, all of them and no others.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { DOCTOR_REMEDIES } from '../../src/cli/diagnose/doctor/remedies.ts';
import { REMEDIES } from '../../src/cli/diagnose/troubleshoot/remedies.ts';
import { LINKS } from '../../src/cli/diagnose/troubleshoot/link.ts';
import { AREAS } from '../../src/cli/diagnose/doctor/finding.ts';
import { COMMANDS } from '../../src/cli/commands.ts';

const PROJECT = new URL('../../', import.meta.url);
const document = await readFile(new URL('docs/troubleshooting.md', PROJECT), 'utf8');

/** A chapter of the document, from its heading to the next. */
function chapter(title: string): string {
  const [, text = ''] = document.split(`\n## ${title}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** What stands below each symptom. */
function remediesIn(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}`(.+)`$/gm)].map(([, remedy = '']) => remedy).sort();
}

describe('docs/troubleshooting.md', () => {
  it('shows each remedy of troubleshoot once', () => {
    expect(remediesIn(chapter('What `troubleshoot` finds'))).toEqual(
      Object.values<string>(REMEDIES).sort(),
    );
  });

  it('shows each remedy of doctor once', () => {
    expect(remediesIn(chapter('What `doctor` finds'))).toEqual(
      Object.values<string>(DOCTOR_REMEDIES).sort(),
    );
  });

  it('names every link of the chain, and every area', () => {
    const links = chapter('What `troubleshoot` finds');
    // `user` to `kerberos` have headings of their own.
    expect(LINKS.filter((link) => !links.includes(`\`${link}\``))).toEqual([]);
    const areas = chapter('What `doctor` finds');
    expect(AREAS.filter((area) => !areas.includes(`### ${area}\n`))).toEqual([]);
  });

  it('speaks of commands and documents that there are', () => {
    const commands = COMMANDS.map(({ name }) => name);
    const spokenOf = [...document.matchAll(/kubectl gmsa ([a-z-]+)/g)].map(
      ([, command]) => command,
    );
    expect(spokenOf.length).toBeGreaterThan(20);
    expect(spokenOf.filter((command) => !commands.includes(command ?? ''))).toEqual([]);
    const files = [...document.matchAll(/\b(docs\/[\w/-]+\.md|README\.md|config\/\w+\/)/g)];
    expect(files.filter(([path]) => !existsSync(new URL(path, PROJECT)))).toEqual([]);
  });
});

describe('test/support/fixtures/windows-output', () => {
  it('says of every file where it was published', async () => {
    const directory = new URL('test/support/fixtures/windows-output/', PROJECT);
    const readme = await readFile(new URL('README.md', directory), 'utf8');
    const listed = [...readme.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, file]) => file);
    const files = (await readdir(directory)).filter((file) => file !== 'README.md');
    expect(listed.sort()).toEqual(files.sort());
  });
});
