// SPDX-License-Identifier: Apache-2.0
// Writes a new custom resource on stdout, as a file that people read, keep and apply, and tells on stderr what is wrong
// with it.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, API_VERSION, KIND } from '../../api/credspec.ts';
import { escapeInvisible } from '../../api/printable.ts';
import type { Verdict } from '../exit-code.ts';
import { inOrder, RESOURCE_ORDER } from '../field-order.ts';
import type { Io } from '../io.ts';
import { jsonText } from '../json-text.ts';
import { findingText } from '../lint/lint-answer.ts';
import { lintCredspec } from '../lint/lint-credspec.ts';
import { severityOf } from '../lint/lint-finding.ts';
import { styleFor } from '../style.ts';
import { yamlText } from '../yaml-text.ts';
import { titleOf } from './account-of.ts';
import { identify } from './identify.ts';

/** A credspec that is to be. */
export interface NewCredspec {
  readonly name: string;
  /** Entries of the annotation. */
  readonly allowed: readonly string[];
  readonly contents: unknown;
}

/** Writes it; `origin` ends the comment above YAML. The verdict is `no` if there are errors in it. */
export function writeCredspec(
  { stdout, stderr, env }: Pick<Io, 'env' | 'stderr' | 'stdout'>,
  credspec: NewCredspec,
  { form, origin }: { readonly form: 'json' | 'yaml'; readonly origin: string },
): Verdict {
  const object = credspecObject(credspec);
  stdout.write(
    form === 'json'
      ? jsonText(object)
      : `# ${escapeInvisible(`${titleOf(credspec.contents)}, ${origin}.`)}\n${yamlText(object)}`,
  );
  const style = styleFor(stderr, env);
  const findings = identify(object).flatMap(lintCredspec);
  for (const finding of findings) stderr.write(`${findingText(finding, style)}\n`);
  return findings.some((finding) => severityOf(finding) === 'error') ? 'no' : 'ok';
}

/** The resource, with its fields in the order of the Kubernetes documentation. */
function credspecObject({ name, allowed, contents }: NewCredspec): object {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name,
      ...(allowed.length === 0
        ? {}
        : { annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: annotationValue(allowed) } }),
    },
    credspec: inOrder(contents, RESOURCE_ORDER),
  };
}

/** A line for each entry, as soon as there are several. */
function annotationValue(allowed: readonly string[]): string {
  const entries = [...new Set(allowed)];
  const [first = '', ...others] = entries;
  return others.length === 0 ? first : entries.map((entry) => `${entry}\n`).join('');
}
