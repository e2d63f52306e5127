// SPDX-License-Identifier: Apache-2.0
// Writes a new credential spec on stdout, and tells on stderr what is wrong with it.
import type { Verdict } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { findingText } from '../lint/lint-answer.ts';
import { lintCredspec, severityOf } from '../lint/lint-credspec.ts';
import { styleFor } from '../style.ts';
import { titleOf } from './account-of.ts';
import { credspecObject, credspecYaml, type NewCredspec } from './credspec-manifest.ts';
import { identify } from './identify.ts';

/** Writes it; `origin` ends the comment above YAML. The verdict is `no` if there are errors in it. */
export function writeCredspec(
  { stdout, stderr, env }: Pick<Io, 'env' | 'stderr' | 'stdout'>,
  credspec: NewCredspec,
  { form, origin }: { readonly form: 'json' | 'yaml'; readonly origin: string },
): Verdict {
  const object = credspecObject(credspec);
  stdout.write(
    form === 'json'
      ? `${JSON.stringify(object, null, 2)}\n`
      : credspecYaml(credspec, `${titleOf(credspec.contents)}, ${origin}.`),
  );
  const style = styleFor(stderr, env);
  const findings = identify(object).flatMap((found) =>
    found.type === 'resource' ? lintCredspec(found) : [],
  );
  for (const finding of findings) stderr.write(`${findingText(finding, style)}\n`);
  return findings.some((finding) => severityOf(finding) === 'error') ? 'no' : 'ok';
}
