// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../kube/client/api-error.ts';
import { CliError } from './cli-error.ts';
import { CLUSTER_FLAGS } from './cluster.ts';
import { choiceFlag, durationFlag, listFlag, switchFlag, textFlag } from '../flags/flag-kinds.ts';
import { helpOf, runProgram } from './program.ts';
import { fakeIo } from './testing/fake-io.ts';
import { runCommand } from './testing/run-command.ts';
import { defineCommand, type Command, type CommandRun } from './command.ts';
import { COMMANDS } from './commands.ts';

const FLAGS = {
  text: textFlag({ name: 'text', short: 't', value: 'text', description: 'any' }),
  list: listFlag({ name: 'a-list', value: 'text', description: 'several' }),
  force: switchFlag({ name: 'force', description: 'do it' }),
  dryRun: choiceFlag({
    name: 'dry-run',
    values: ['none', 'client'],
    default: 'none',
    description: 'only say',
  }),
  timeout: durationFlag({ name: 'timeout', default: '30s', description: 'how long' }),
} as const;

function command(run: CommandRun<typeof FLAGS>): Command {
  return defineCommand({
    name: 'do',
    summary: 'do something',
    description: 'Does something.',
    arguments: [
      { usage: '<NAME>', description: 'a name', completes: 'credspecs' },
      { usage: '[MORE...]', description: 'more', completes: 'nothing' },
    ],
    flags: FLAGS,
    examples: [{ does: 'Do it', command: 'kubectl gmsa do it' }],
    verdicts: { ok: 'done', no: 'not done' },
    load: () => Promise.resolve({ run }),
  });
}

async function run(words: readonly string[], code: CommandRun<typeof FLAGS>) {
  const io = fakeIo();
  const exitCode = await runProgram(words, {
    version: '1.2.3',
    commands: [command(code)],
    io,
    withCluster: () => Promise.reject(new Error('no cluster')),
  });
  return { exitCode, out: io.out(), err: io.err() };
}

/** What the command is called with. */
async function seen(words: readonly string[]): Promise<unknown> {
  let input: unknown;
  await run(words, ({ args, flags }) => {
    input = { args, flags };
    return Promise.resolve('ok');
  });
  return input;
}

describe('a command line', () => {
  it('gives a command its arguments and the defaults of its flags', async () => {
    expect(await seen(['do', 'a', 'b', 'c'])).toEqual({
      args: ['a', 'b', 'c'],
      flags: { text: undefined, list: [], force: false, dryRun: 'none', timeout: 30_000 },
    });
  });

  it('gives it flags in every form, before and after the arguments', async () => {
    const words = ['-t', 'x', 'a', '--force', '--a-list=1', '--a-list', '2', '--dry-run=client'];
    expect(await seen(['do', ...words, '--timeout', '1m30s'])).toEqual({
      args: ['a'],
      flags: { text: 'x', list: ['1', '2'], force: true, dryRun: 'client', timeout: 90_000 },
    });
  });

  it.each([
    [['do'], /missing required argument 'NAME'/, 'kubectl gmsa do --help'],
    [['do', 'a', '--forse'], /unknown option '--forse'.*--force/, 'kubectl gmsa do --help'],
    [['du'], /unknown command 'du'/, 'kubectl gmsa --help'],
    [['do', 'a', '-t'], /option '-t, --text <text>' argument missing/, 'kubectl gmsa do --help'],
    [['do', 'a', '--dry-run=all'], /--dry-run: "all" .* one of none, client/, undefined],
    [['do', 'a', '--timeout=0'], /--timeout: "0" .* a duration above 0/, undefined],
  ])(
    '%j is refused in one line, with the next step and exit code 2',
    async (words, error, hint) => {
      const { exitCode, out, err } = await run(words, () => Promise.resolve('ok'));
      expect(exitCode).toBe(2);
      expect(out).toBe('');
      const [first = '', second = ''] = err.split('\n');
      expect(first).toMatch(error);
      expect(second).toBe(hint === undefined ? '' : `hint: ${hint}`);
    },
  );

  it.each([
    [[], 2],
    [['--help'], 0],
    [['help'], 0],
    [['do', '--help'], 0],
    [['help', 'do'], 0],
    [['--version'], 0],
  ])('%j ends with exit code %d', async (words, exitCode) => {
    const result = await run(words, () => Promise.resolve('no'));
    expect(result.exitCode).toBe(exitCode);
    expect(result.out + result.err).toMatch(/kubectl gmsa/);
  });
});

describe('a command', () => {
  it.each([
    ['ok', 0],
    ['no', 1],
  ] as const)('that says %s ends with exit code %d', async (verdict, exitCode) => {
    expect(await run(['do', 'a'], () => Promise.resolve(verdict))).toEqual({
      ...{ exitCode, out: '', err: '' },
    });
  });

  it.each([
    [
      'a wrong value',
      new CliError('no', { kind: 'usage', hint: 'so' }),
      2,
      'error: no\nhint: so\n',
    ],
    ['trouble', new CliError('no'), 3, 'error: no\n'],
    [
      'a permission',
      new ApiError('GET /x', 403, { message: 'x is forbidden' }),
      3,
      /^error: you may not do this: x is forbidden\nhint: .*can-i.*\n$/,
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      3,
      /^error: x is not a function\nhint: .*report.*\n$/,
    ],
  ])('that fails for %s tells so without a stack', async (_, error, exitCode, told) => {
    const result = await run(['do', 'a'], () => Promise.reject(error));
    expect(result.exitCode).toBe(exitCode);
    if (typeof told === 'string') expect(result.err).toBe(told);
    else expect(result.err).toMatch(told);
    expect(result.err).not.toMatch(/\bat .*:\d+/);
  });
});

describe('every command of kubectl gmsa', () => {
  it.each(COMMANDS.map((each) => [each.name, each] as const))(
    '%s explains itself, with examples that are its own',
    (name, { examples, flags, summary, description }) => {
      const help = helpOf({ commands: COMMANDS, version: '0' }, name);
      expect(help).toMatch(new RegExp(`^Usage: kubectl gmsa ${name}\\b`));
      expect(help.replaceAll(/\s+/g, ' ')).toContain(description.replaceAll(/\s+/g, ' '));
      expect(examples.length).toBeGreaterThan(0);
      for (const { command } of examples) {
        expect(command).toContain(`kubectl gmsa ${name}`);
        const known = new Set(Object.values(flags).map((flag) => flag.name));
        const own = command.slice(command.indexOf('kubectl gmsa')).split('|')[0] ?? '';
        for (const [, flag = ''] of own.matchAll(/ --([a-z-]+)/g)) expect(known).toContain(flag);
      }
      expect(summary).not.toMatch(/^[A-Z]|\.$/);
    },
  );

  it('has no two flags of one letter', () => {
    for (const { name, flags } of COMMANDS) {
      const letters = Object.values(flags).flatMap(({ short }) => short ?? []);
      expect({ name, letters }).toEqual({ name, letters: [...new Set(letters)] });
    }
  });

  it('that works on a cluster takes the flags of kubectl', () => {
    const shown = Object.values(CLUSTER_FLAGS).filter((flag) => !('hidden' in flag));
    expect(shown.map(({ name, short }) => [name, short])).toEqual([
      ['kubeconfig', undefined],
      ['context', undefined],
      ['namespace', 'n'],
    ]);
    const help = helpOf({ commands: COMMANDS, version: '0' }, 'status');
    expect(help).toContain(`Global flags of kubectl:
  --as --as-group --as-uid --as-user-extra --cache-dir --certificate-authority --client-certificate
  --client-key --cluster --insecure-skip-tls-verify --request-timeout --server --tls-server-name
  --token --user -v
`);
  });

  it('is in the list of the help', async () => {
    const { out } = await runCommand(['--help']);
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});
