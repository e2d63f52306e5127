// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { encodeText } from '../documents/decode-text.ts';
import { runCommand } from '../testing/run-command.ts';

const KEY = 'gmsa-operator.io/allowed-service-accounts';
const SAMPLE = readFileSync('config/samples/gmsa-reports.yaml', 'utf8');

function manifest(metadata: string): string {
  return `# A comment that stays.
apiVersion: windows.k8s.io/v1
kind: GMSACredentialSpec
metadata:
${metadata}credspec:   {  CmsPlugins: [ActiveDirectory]  } # odd, and as it was
`;
}

async function edit(command: string, text: string, ...entries: string[]) {
  const files = { 'x.yaml': text };
  const result = await runCommand([command, 'web', ...entries, '-f', 'x.yaml'], { files });
  return { ...result, text: result.io.files.get('x.yaml')?.toString() };
}

describe('kubectl gmsa allow --file', () => {
  it.each([
    [
      'plain text',
      `  name: web\n  annotations:\n    ${KEY}: a/b # who\n`,
      'a/b # who',
      'a/b, x/* # who',
    ],
    ['single quotes', `  name: web\n  annotations:\n    ${KEY}: 'a/b'\n`, `'a/b'`, `'a/b, x/*'`],
    ['double quotes', `  name: web\n  annotations:\n    ${KEY}: "a/b,c/d"\n`, 'c/d"', 'c/d,x/*"'],
    [
      'double quotes with escapes',
      `  name: web\n  annotations:\n    ${KEY}: "a/b\\nc/d\\n"\n`,
      '"a/b\\nc/d\\n"',
      '"a/b\\nc/d\\nx/*\\n"',
    ],
    [
      'a block',
      `  name: web\n  annotations:\n    ${KEY}: |\n      a/b\n      c/d\n`,
      'c/d\n',
      'c/d\n      x/*\n',
    ],
    [
      'a folded block',
      `  name: web\n  annotations:\n    ${KEY}: >-\n        a/b\n    other: b\n`,
      'a/b\n',
      'a/b\n        x/*\n',
    ],
    [
      'plain text on lines',
      `  name: web\n  annotations:\n    ${KEY}: a/b,\n      c/d\n    z: b\n`,
      'c/d\n',
      'c/d,\n      x/*\n',
    ],
    ['braces', `  name: web\n  annotations: {${KEY}: a/b}\n`, 'a/b}', 'a/b x/*}'],
    [
      'nothing',
      `  name: web\n  annotations:\n    ${KEY}:\n    z: b\n`,
      `${KEY}:\n`,
      `${KEY}: x/*\n`,
    ],
    ['an empty text', `  name: web\n  annotations:\n    ${KEY}: ""\n`, '""', '"x/*"'],
  ])('adds to %s and changes nothing else', async (_, metadata, part, wanted) => {
    const before = manifest(metadata);
    const { text, out, exitCode } = await edit('allow', before, 'x/*');
    expect(text).toBe(before.replace(part, wanted));
    expect(out).toBe('credspec "web" in x.yaml: x/* is now allowed\n');
    expect(exitCode).toBe(0);
  });

  it.each([
    [
      'without annotations',
      '  name: web # its name\n  labels: {a: b}\n',
      'its name\n',
      `its name\n  annotations:\n    ${KEY}: x/y\n`,
    ],
    [
      'with others',
      '  annotations: # of all kinds\n      # not mine\n      a: b\n  name: web\n',
      'kinds\n',
      `kinds\n      ${KEY}: x/y\n`,
    ],
    [
      'with annotations that are empty',
      '  name: web\n  annotations:\n',
      'annotations:\n',
      `annotations:\n    ${KEY}: x/y\n`,
    ],
    [
      'with annotations in braces',
      '  name: web\n  annotations: {a: b}\n',
      '{a: b}',
      `{"${KEY}": "x/y", a: b}`,
    ],
    [
      'with empty braces',
      '  name: web\n  annotations: {}\n',
      'annotations: {}',
      `annotations: {"${KEY}": "x/y"}`,
    ],
  ])('adds the annotation to a file %s', async (_, metadata, part, wanted) => {
    const before = manifest(metadata);
    const { text, err } = await edit('allow', before, 'x/y');
    expect(err).toBe('');
    expect(text).toBe(before.replace(part, wanted));
  });

  it('adds the annotation to JSON, which stays JSON', async () => {
    const object = {
      apiVersion: 'windows.k8s.io/v1',
      kind: 'GMSACredentialSpec',
      metadata: { name: 'web' },
      credspec: {},
    };
    for (const indent of [undefined, 2, '\t']) {
      const { text = '' } = await edit('allow', JSON.stringify(object, null, indent), 'x/y', 'a/b');
      expect(JSON.parse(text)).toEqual({
        ...object,
        metadata: { name: 'web', annotations: { [KEY]: 'x/y, a/b' } },
      });
    }
  });

  it('finds the credspec among other documents and in lists', async () => {
    const before = `kind: ConfigMap\napiVersion: v1\nmetadata: {name: web}\n---\n${SAMPLE}---\napiVersion: v1\nkind: List\nitems:\n  - apiVersion: windows.k8s.io/v1\n    kind: GMSACredentialSpec\n    metadata:\n      name: web\n    credspec: {}\n`;
    const { text } = await edit('allow', before, 'x/y');
    expect(text).toBe(
      before.replace(
        '      name: web\n',
        `      name: web\n      annotations:\n        ${KEY}: x/y\n`,
      ),
    );
  });

  it('keeps the line ends of Windows', async () => {
    const before = manifest('  name: web\n').replaceAll('\n', '\r\n');
    const { text } = await edit('allow', before, 'x/y');
    expect(text).toBe(
      before.replace('name: web\r\n', `name: web\r\n  annotations:\r\n    ${KEY}: x/y\r\n`),
    );
  });

  it('does not write where there is nothing to do', async () => {
    const before = manifest(`  name: web\n  annotations:\n    ${KEY}: x/*\n`);
    const { text, out } = await edit('allow', before, 'x/y');
    expect(text).toBe(before);
    expect(out).toBe('credspec "web" in x.yaml: x/y was allowed already, by x/*\n');
  });

  it('prints the file and leaves it with --dry-run=client', async () => {
    const files = { 'x.yaml': manifest('  name: web\n') };
    const { out, err, io } = await runCommand(
      ['allow', 'web', 'x/y', '-f', 'x.yaml', '--dry-run=client'],
      { files },
    );
    expect(out).toContain(`${KEY}: x/y\n`);
    expect(err).toBe('credspec "web": x/y is now allowed (dry run)\n');
    expect(io.files.get('x.yaml')?.toString()).toBe(files['x.yaml']);
  });

  it.each([
    [
      'no such credspec',
      SAMPLE,
      /has no GMSACredentialSpec named "web"\nhint: it has gmsa-reports: name /,
    ],
    [
      'two of them',
      `${manifest('  name: web\n')}---\n${manifest('  name: web\n')}`,
      /more than one/,
    ],
    ['nothing', '', /has no GMSACredentialSpec/],
    ['no YAML', 'a: [\n', /x.yaml:\d:\d+: This is not valid YAML/],
    [
      'an annotation by alias',
      manifest(`  name: web\n  annotations:\n    a: &a b/c\n    ${KEY}: *a\n`),
      /cannot be edited without harm\nhint: set metadata\.annotations/,
    ],
    [
      'an annotation that is a list',
      manifest(`  name: web\n  annotations: {${KEY}: [a]}\n`),
      /is no text/,
    ],
  ])('refuses a file with %s, and leaves it', async (_, before, message) => {
    const { err, exitCode, text } = await edit('allow', before, 'x/y');
    expect(err).toMatch(message);
    expect(err).toMatch(/^error: .*\nhint: .*\n$/);
    expect({ exitCode, text }).toEqual({ exitCode: 3, text: before });
  });

  it('keeps a byte order mark, and reads what is behind it', async () => {
    const before = `\ufeff${manifest(`  name: web\n  annotations:\n    ${KEY}: a/b\n`)}`;
    const { text, exitCode } = await edit('allow', before, 'x/y');
    expect({ text, exitCode }).toEqual({ text: before.replace('a/b', 'a/b, x/y'), exitCode: 0 });
  });

  it.each([
    ['UTF-16 LE', 'utf-16le', true],
    ['UTF-16 BE', 'utf-16be', true],
    ['UTF-16 LE without a byte order mark', 'utf-16le', false],
    ['UTF-8 with a byte order mark', 'utf-8', true],
  ] as const)('writes a file in %s back in its encoding', async (_, charset, marked) => {
    const before = manifest(`  name: web\n  annotations:\n    ${KEY}: a/b # für\n`).replaceAll(
      '\n',
      '\r\n',
    );
    const wanted = encodeText(before.replace('a/b', 'a/b, x/y'), { charset, marked });
    const bytes = encodeText(before, { charset, marked });
    const words = ['allow', 'web', 'x/y', '-f'];
    const edited = await runCommand([...words, 'x.yaml'], { files: { 'x.yaml': bytes } });
    expect(edited.err).toBe('');
    expect(edited.io.files.get('x.yaml')?.equals(wanted)).toBe(true);
    const printed = await runCommand([...words, '-'], { files: { '-': bytes } });
    expect(printed.io.outBytes().equals(wanted)).toBe(true);
  });

  it('shows the file as text on a terminal, and nothing in it commands that', async () => {
    const text = `# caf\u00e9\t\u202e\u009b2J\r\n${manifest('  name: web\n')}`;
    const bytes = encodeText(text, { charset: 'utf-16le', marked: true });
    const { out } = await runCommand(['allow', 'web', 'x/y', '-f', '-'], {
      files: { '-': bytes },
      answers: [],
    });
    expect(out).toMatch(/^# caf\u00e9\t\\u\{202e\}\\u\{9b\}2J\r\n# A comment/);
  });

  it('refuses bytes that are not text, and says what to do', async () => {
    const files = { 'x.yaml': Buffer.from([0x89, 0x50, 0xff]) };
    const { err, exitCode } = await runCommand(['allow', 'web', 'x/y', '-f', 'x.yaml'], { files });
    expect(err).toMatch(/this is not text/);
    expect(err).toMatch(/^error: .*\nhint: .*\n$/);
    expect(exitCode).toBe(3);
  });

  it('says that an object of another API group is none of ours', async () => {
    const before = manifest('  name: web\n').replace('windows.k8s.io', 'auth.k8s.io');
    const { err, exitCode } = await edit('allow', before, 'x/y');
    expect(err).toMatch(/"web" is almost a GMSACredentialSpec\nhint: kubectl gmsa lint x\.yaml /);
    expect(exitCode).toBe(3);
  });
});

describe('kubectl gmsa revoke --file', () => {
  it.each([
    [
      'a line of a block',
      `  name: web\n  annotations:\n    ${KEY}: |\n      a/b\n      x/y\n      c/d\n`,
      '      x/y\n',
      '',
    ],
    [
      'the last of a block',
      `  name: web\n  annotations:\n    ${KEY}: |\n      x/y\n    z: b\n`,
      '|\n      x/y\n',
      '""\n',
    ],
    ['the last', `  name: web\n  annotations:\n    ${KEY}: x/y # who\n`, 'x/y #', '"" #'],
    ['one of a list', `  name: web\n  annotations:\n    ${KEY}: 'x/y, a/b'\n`, 'x/y, ', ''],
  ])('takes %s away and changes nothing else', async (_, metadata, part, wanted) => {
    const before = manifest(metadata);
    const { text, exitCode } = await edit('revoke', before, 'x/y');
    expect(text).toBe(before.replace(part, wanted));
    expect(exitCode).toBe(0);
  });

  it('undoes what allow has done to the sample', async () => {
    const files = { 'x.yaml': SAMPLE };
    const words = ['gmsa-reports', 'x/y', '-f', 'x.yaml'];
    const { io } = await runCommand(['allow', ...words], { files });
    const edited = io.files.get('x.yaml') ?? '';
    expect(edited.toString()).toBe(
      SAMPLE.replace('data-warehouse/*\n', 'data-warehouse/*\n      x/y\n'),
    );
    const { io: after } = await runCommand(['revoke', ...words], { files: { 'x.yaml': edited } });
    expect(after.files.get('x.yaml')?.toString()).toBe(SAMPLE);
  });

  it('says with exit code 1 that the namespace is still allowed', async () => {
    const before = manifest(`  name: web\n  annotations:\n    ${KEY}: x/*\n`);
    const { out, exitCode, text } = await edit('revoke', before, 'x/y');
    expect(out).toMatch(/x\/y is still allowed, by x\/\*/);
    expect({ exitCode, text }).toEqual({ exitCode: 1, text: before });
  });

  it('takes away entries that were never valid', async () => {
    const before = manifest(`  name: web\n  annotations:\n    ${KEY}: a/b, web\n`);
    const { text } = await edit('revoke', before, 'web');
    expect(text).toBe(before.replace('a/b, web', 'a/b'));
  });
});

describe('the command line of both', () => {
  it.each([
    [['web', 'x'], /not `namespace\/name`/],
    [['web', 'x/y', '--wait', '--dry-run=client'], /--wait has nothing to wait for/],
    [['web', 'x/y', '--wait', '-f', 'x.yaml'], /--wait is for the cluster/],
    [['web', 'x/y', '--dry-run=server', '-f', 'x.yaml'], /--dry-run=server is for the cluster/],
    [['Web', 'x/y'], /"Web" is not the name of a credspec/],
    [['web'], /missing required argument 'SERVICE-ACCOUNT'/],
  ])('%j is refused', async (args, message) => {
    for (const command of ['allow', 'revoke']) {
      const { err, exitCode } = await runCommand([command, ...args], {
        files: { 'x.yaml': manifest('  name: web\n') },
      });
      // Whether there is such an entry, revoke learns from the credspec first.
      if (command === 'revoke' && args[1] === 'x') continue;
      expect(err).toMatch(message);
      expect(exitCode).toBe(2);
    }
  });

  it('takes the name alone with --namespace', async () => {
    const files = { 'x.yaml': manifest('  name: web\n') };
    const { out } = await runCommand(['allow', 'web', 'sa', '-n', 'shop', '-f', 'x.yaml'], {
      files,
    });
    expect(out).toContain('shop/sa is now allowed');
  });
});
