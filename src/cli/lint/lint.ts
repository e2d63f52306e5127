// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa lint`: reads files and credspecs and prints what is wrong with them.
import { getCredspec } from '../credspecs.ts';
import { identify } from '../documents/identify.ts';
import type { Verdict } from '../exit-code.ts';
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
  const files = new Map<string, LintResult>();
  for (const file of new Set(args.filter(isFile))) {
    files.set(file, lintFile(file, await io.readFile(file)));
  }
  const names = args.filter((arg) => !isFile(arg));
  const inCluster = new Map(
    names.length === 0
      ? []
      : await withCluster(flags, ({ client }) =>
          Promise.all(
            [...new Set(names)].map(async (name) => {
              const [credspec] = identify(await getCredspec(client, name));
              return [name, lintInCluster(name, credspec)] as const;
            }),
          ),
        ),
  );
  const results = [...new Set(args)].flatMap(
    (arg) => (isFile(arg) ? files : inCluster).get(arg) ?? [],
  );
  await printAnswer(io, flags.output, lintAnswer(results));
  const { errors, warnings } = countsOf(results);
  return errors > 0 || (flags.strict && warnings > 0) ? 'no' : 'ok';
}

/** By its form alone, so that it does not depend on which files there happen to be. */
function isFile(arg: string): boolean {
  return arg === '-' || /[/\\]|\.(ya?ml|json)$/i.test(arg);
}

function lintInCluster(
  source: string,
  credspec: ReturnType<typeof identify>[number] | undefined,
): LintResult {
  const findings = credspec?.type === 'resource' ? lintCredspec(credspec) : [];
  return {
    source,
    credspecs: 1,
    findings: findings.map((finding) => ({ ...finding, line: undefined })),
  };
}
