// SPDX-License-Identifier: Apache-2.0
// What the checks of lint mean that are not those of the contents, for docs/reference/kubectl-gmsa.md.
import type { OBJECT_CHECKS } from '../../../src/cli/lint/lint-finding.ts';

/** By check, in Markdown. */
export const OBJECT_CHECK_MEANINGS = {
  'not-readable':
    'The file is neither YAML nor JSON in UTF-8 or UTF-16, or a manifest in UTF-16 without a byte order mark, which kubectl does not read. Files of more than 4 MiB are not read.',
  'no-credential-spec':
    'There is none in the file, or a document of it is not a Kubernetes object either.',
  'wrong-api-version':
    '`apiVersion` is missing, of another API group, or not a version that is served.',
  'wrong-kind': '`kind` is missing, or is not `GMSACredentialSpec`, spelled exactly so.',
  'invalid-name': 'Kubernetes would refuse `metadata.name`: often for upper-case letters.',
  'contents-missing': 'There is no field `credspec`, or the contents are in another one.',
  'unknown-field':
    'The CustomResourceDefinition has no such field. `kubectl apply` refuses it; without validation, the API server drops it. The message names the place or the spelling that was meant.',
  'wrong-type':
    'A field has another type than the CustomResourceDefinition allows: a number without quotes, an object in `PluginInput`.',
  'invalid-annotation':
    'An entry of the annotation that grants access is invalid, and grants nothing.',
  'deprecated-version': '`apiVersion` is `windows.k8s.io/v1alpha1`.',
} as const satisfies Readonly<Record<keyof typeof OBJECT_CHECKS, string>>;
