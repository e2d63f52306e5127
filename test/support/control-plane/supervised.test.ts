// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../wait-for.ts';
import { isRunning } from './is-running.ts';
import { openSupervisor, type SpawnRequest, type Supervisor } from './supervised.ts';

// They start processes, on machines that may be busy.
jest.setTimeout(30_000);

let directory: string;
let supervisor: Supervisor;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
  supervisor = openSupervisor(directory);
});
afterEach(async () => {
  await supervisor.close();
  rmSync(directory, { recursive: true, force: true });
});

function shell(script: string): SpawnRequest {
  return {
    file: '/bin/sh',
    args: ['-c', script],
    cwd: directory,
    logFile: join(directory, 'shell.log'),
  };
}

describe('a supervised process', () => {
  it('runs with the environment that was asked for, and its output goes to the log file', async () => {
    const { exited } = await supervisor.spawn({
      ...shell('echo "hello $NAME"; echo trouble >&2'),
      env: { NAME: 'world' },
    });

    await expect(exited).resolves.toBe('exit code 0');
    expect(readFileSync(join(directory, 'shell.log'), 'utf8')).toBe('hello world\ntrouble\n');
  });

  it('tells why it ended', async () => {
    const failed = await supervisor.spawn(shell('exit 3'));
    const killed = await supervisor.spawn(shell('sleep 600'));
    await killed.signal('SIGKILL');

    await expect(failed.exited).resolves.toBe('exit code 3');
    await expect(killed.exited).resolves.toBe('SIGKILL');
    expect(failed.exitReason).toBe('exit code 3');
    expect([failed.askedToEnd, killed.askedToEnd]).toEqual([false, true]);
  });

  it('is stopped and continued by signals, and signalling it is harmless when it has ended', async () => {
    // One process: a shell that waits for its child to start shows neither state.
    const process = await supervisor.spawn(shell('exec sleep 600'));

    await process.signal('SIGSTOP');
    await waitFor('it to stop', () => stateOf(process.pid) === 'T');
    await process.signal('SIGCONT');
    await waitFor('it to go on', () => stateOf(process.pid) === 'S');
    await process.signal('SIGKILL');
    await process.exited;

    await expect(process.signal('SIGCONT')).resolves.toBeUndefined();
  });

  it('that cannot be started is an error that names the program', async () => {
    const missing = supervisor.spawn({ ...shell(''), file: join(directory, 'no-such-program') });

    await expect(missing).rejects.toThrow(/cannot start .*no-such-program: .*ENOENT/);
  });
});

describe('whenExited', () => {
  it('keeps the caller alive until the process has ended', () => {
    const module = join(import.meta.dirname, 'supervised.ts');
    const data = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
    const request = { ...shell('sleep 0.2'), cwd: data, logFile: join(data, 'log') };
    const script = `
      const { openSupervisor } = await import(${JSON.stringify(module)});
      const process = await openSupervisor(${JSON.stringify(data)}).spawn(${JSON.stringify(request)});
      console.log(await process.whenExited());
    `;

    const caller = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);

    expect(caller.stdout.toString()).toBe('exit code 0\n');
    expect(caller.status).toBe(0);
  });
});

describe('close', () => {
  it('ends the processes, what they started and paused ones too, and removes the directory', async () => {
    const parent = await supervisor.spawn(shell('sleep 600 & echo $! > child; wait'));
    const paused = await supervisor.spawn(shell('sleep 600'));
    await paused.signal('SIGSTOP');
    const child = await childOf(directory);
    const ids = supervisor.processIds();

    await supervisor.close();

    expect(ids).toEqual(expect.arrayContaining([parent.pid, paused.pid]));
    expect(ids).toHaveLength(3);
    await waitFor('all of them to end', () => ![...ids, child].some(isRunning));
    expect(existsSync(directory)).toBe(false);
  });

  it('keeps what it is told to keep', async () => {
    writeFileSync(join(directory, 'log'), '');
    writeFileSync(join(directory, 'data'), '');

    await supervisor.close({ keep: ['log'] });

    expect(readdirSync(directory)).toEqual(['log']);
  });

  it('may be called twice', async () => {
    await supervisor.close();

    await expect(supervisor.close()).resolves.toBeUndefined();
  });
});

describe('a caller that goes without closing', () => {
  /** Runs a caller that has a process with a child, and then does `ending`. */
  async function callerThat(
    ending: string,
  ): Promise<{ kill: () => void; owned: number[]; data: string }> {
    const data = mkdtempSync(join(tmpdir(), 'gmsa-operator-'));
    const module = join(import.meta.dirname, 'supervised.ts');
    const request = {
      ...shell('sleep 600 & echo $! > child; wait'),
      cwd: data,
      logFile: join(data, 'log'),
    };
    const script = `
      const { openSupervisor } = await import(${JSON.stringify(module)});
      const supervisor = openSupervisor(${JSON.stringify(data)});
      await supervisor.spawn(${JSON.stringify(request)});
      console.log(JSON.stringify(supervisor.processIds()));
      process.stdin.resume();
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.stdin.destroy();
      ${ending}
    `;
    const caller = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ids = await new Promise<string>((resolve) => {
      caller.stdout.setEncoding('utf8').once('data', resolve);
    });
    const owned = [...(JSON.parse(ids) as number[]), await childOf(data)];
    caller.stdin.write('go on\n');
    return { owned, data, kill: () => caller.kill('SIGKILL') };
  }

  async function expectNothingLeft(owned: number[], data: string): Promise<void> {
    await waitFor('the processes to end', () => !owned.some(isRunning));
    await waitFor('the directory to go', () => !existsSync(data));
    expect(owned).toHaveLength(3);
  }

  it.each([
    ['throws', `throw new Error('broken');`],
    ['exits', 'process.exit(1);'],
    ['just ends', ''],
    ['gets Ctrl-C', `process.kill(process.pid, 'SIGINT'); setInterval(() => undefined, 1000);`],
    ['kills itself', `process.kill(process.pid, 'SIGKILL');`],
  ])('leaves nothing when it %s', async (_, ending) => {
    const { owned, data } = await callerThat(ending);

    await expectNothingLeft(owned, data);
  });

  it('leaves nothing when it is killed from outside while it works', async () => {
    const { owned, data, kill } = await callerThat('for (;;);');

    kill();

    await expectNothingLeft(owned, data);
  });
});

describe('a supervisor that is itself killed', () => {
  it('is survived by nothing, and the caller hears of it', async () => {
    const child = await supervisor.spawn(shell('sleep 600'));
    const [supervisorPid = 0] = supervisor.processIds();

    process.kill(supervisorPid, 'SIGKILL');

    await expect(child.exited).resolves.toBe('its supervisor ended, SIGKILL');
    await waitFor('the process to end', () => !isRunning(child.pid));
    expect(existsSync(directory)).toBe(false);
    await expect(supervisor.spawn(shell('true'))).rejects.toThrow(/cannot start \/bin\/sh: /);
  });
});

function childOf(data: string): Promise<number> {
  return waitFor(
    'the child to run',
    () => Number(readFileSync(join(data, 'child'), 'utf8')) || false,
  );
}

function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .charAt(0);
}
