// SPDX-License-Identifier: Apache-2.0
// Runs a command line in this process, without a cluster.
import { CliError } from '../cli-error.ts';
import { runProgram } from '../program.ts';
import { COMMANDS } from '../commands.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';

/** What became of it. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly io: FakeIo;
}

/** Runs `kubectl gmsa` with these words. */
export async function runCommand(
  words: readonly string[],
  options: Parameters<typeof fakeIo>[0] = {},
): Promise<ProgramResult> {
  const io = fakeIo(options);
  const exitCode = await runProgram(words, {
    version: '1.2.3',
    commands: COMMANDS,
    io,
    withCluster: () => Promise.reject(new CliError('there is no cluster in this test')),
  });
  return { exitCode, out: io.out(), err: io.err(), io };
}
