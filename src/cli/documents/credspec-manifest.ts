// SPDX-License-Identifier: Apache-2.0
// A new custom resource as a file that people read, keep and apply. Pure.
import { stringify } from 'yaml';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, API_VERSION, KIND } from '../../api/credspec.ts';
import { escapeInvisible } from '../../api/printable.ts';
import { inOrder, RESOURCE_ORDER } from '../field-order.ts';
import { KUBECTL_YAML } from './source.ts';

/** A credspec that is to be. */
export interface NewCredspec {
  readonly name: string;
  /** Entries of the annotation. */
  readonly allowed: readonly string[];
  readonly contents: unknown;
}

/** The resource, with its fields in the order of the Kubernetes documentation. */
export function credspecObject({ name, allowed, contents }: NewCredspec): object {
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

/** The resource as YAML, with a comment above it. */
export function credspecYaml(credspec: NewCredspec, comment: string): string {
  // Quotes what YAML 1.1 takes for something else than text, as kubectl does: a domain named NO.
  const yaml = stringify(credspecObject(credspec), {
    version: KUBECTL_YAML.version,
    lineWidth: 0,
    singleQuote: true,
  });
  return `# ${escapeInvisible(comment)}\n${yaml}`;
}

/** A line for each entry, as soon as there are several. */
function annotationValue(allowed: readonly string[]): string {
  const entries = [...new Set(allowed)];
  const [first = '', ...others] = entries;
  return others.length === 0 ? first : entries.map((entry) => `${entry}\n`).join('');
}
