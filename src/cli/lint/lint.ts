// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa lint`: reads files and credspecs and prints what is wrong with them.
import { getRawCredspec } from '../credspecs.ts';
import { identify } from '../documents/identify.ts';
import type { Verdict } from '../exit-code.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { printAnswer } from '../answer.ts';
import type { CommandInput } from '../command.ts';
import { lintCredspec } from './lint-credspec.ts';
import { lintFile, type LintResult } from './lint-file.ts';
import { countsOf, lintAnswer } from './lint-answer.ts';
import type { LINT_FLAGS } from './command.ts';

/** Runs the command. */
export async function run({
  args,
  flags,
  io,
  withCluster,
}: CommandInput<typeof LINT_FLAGS>): Promise<Verdict> {
  const sources = new Set(args);
  const files = [...sources].filter(isFile);
  const names = [...sources].filter((source) => !isFile(source));
  const results = [
    ...(await Promise.all(files.map(async (file) => lintFile(file, await io.readFile(file))))),
    ...(names.length === 0
      ? []
      : await withCluster(flags, ({ client }) =>
          Promise.all(names.map((name) => lintInCluster(client, name))),
        )),
  ];
  await printAnswer(io, flags.output, lintAnswer(results));
  const { errors, warnings } = countsOf(results);
  return errors > 0 || (flags.strict && warnings > 0) ? 'no' : 'ok';
}

/** By its form alone, so that it does not depend on which files there happen to be. */
function isFile(arg: string): boolean {
  return arg === '-' || /[/\\]|\.(ya?ml|json)$/i.test(arg);
}

async function lintInCluster(client: KubeClient, name: string): Promise<LintResult> {
  const findings = identify(await getRawCredspec(client, name)).flatMap(lintCredspec);
  return { source: name, credspecs: 1, findings };
}
