// SPDX-License-Identifier: Apache-2.0
// What the checks of lint mean that are not those of the contents, for docs/reference/kubectl-gmsa.md.
import type { OBJECT_CHECKS } from '../../../src/cli/lint/lint-credspec.ts';

/** By check, in Markdown. */
export const OBJECT_CHECK_MEANINGS = {
  'not-readable':
    'The file is neither YAML nor JSON in UTF-8 or UTF-16. Files of more than 4 MiB are not read.',
  'no-credential-spec':
    'There is none in the file, or a document of it is no Kubernetes object either.',
  'invalid-name': 'Kubernetes would refuse `metadata.name`: often for upper-case letters.',
  'contents-missing': 'There is no field `credspec`.',
  'wrong-type':
    'A field has another type than the CustomResourceDefinition allows: a number without quotes, an object in `PluginInput`.',
  'invalid-annotation':
    'An entry of the annotation that grants access is invalid, and grants nothing.',
  'deprecated-version': '`apiVersion` is not `windows.k8s.io/v1`.',
} as const satisfies Readonly<Record<keyof typeof OBJECT_CHECKS, string>>;
