// SPDX-License-Identifier: Apache-2.0
// The entry of the kubectl plugin: the process's terminal and files, the commands, and an exit code.
import packageJson from '../../package.json' with { type: 'json' };
import type { WithCluster } from './cluster.ts';
import { createProcessIo } from './process-io.ts';
import { runProgram } from './program.ts';
import { COMMANDS } from './commands.ts';

const { version } = packageJson;
const io = createProcessIo();

const withCluster: WithCluster = async (flags, use) => {
  const { connect } = await import('./connect.ts');
  return connect({ flags, env: io.env, stderr: io.stderr, version }, use);
};

// kubectl_complete-gmsa puts this word in front.
const [first, ...rest] = process.argv.slice(2);
if (first === '__complete') {
  const { runCompletion } = await import('./completion/run-completion.ts');
  await runCompletion(rest, { commands: COMMANDS, io, withCluster });
} else {
  process.exitCode = await runProgram(process.argv.slice(2), {
    version,
    commands: COMMANDS,
    io,
    withCluster,
  });
}
