// SPDX-License-Identifier: Apache-2.0
// What is wrong with the Kubernetes object around the contents of a credential spec. Pure.
import {
  invalidEntriesMessage,
  parseAllowedServiceAccounts,
} from '../../api/allowed-service-accounts.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  API_VERSION,
  GROUP,
  KIND,
} from '../../api/credspec.ts';
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import { quoted } from '../../api/printable.ts';
import { complaintAbout, property } from '../../api/untyped.ts';
import { type CredspecObject, isContents } from '../documents/identify.ts';
import type { LintFinding } from './lint-finding.ts';

/** Its version, kind, name and annotation. */
export function lintObject({
  apiVersion,
  kind,
  name,
  allowed,
}: CredspecObject): readonly LintFinding[] {
  return [
    ...lintApiVersion(apiVersion),
    ...lintKind(kind),
    ...lintName(name),
    ...lintAnnotation(allowed),
  ];
}

/** Where the contents are instead of under `credspec`; nothing if they are there. */
export function lintContentsPlace({
  object,
  contents,
}: Pick<CredspecObject, 'contents' | 'object'>): readonly LintFinding[] {
  if (contents !== undefined) return [];
  const spec = property(object, 'spec');
  if (property(spec, 'credspec') !== undefined) {
    return [
      {
        check: 'contents-missing',
        path: ['spec', 'credspec'],
        message:
          'The contents are in spec.credspec, and must be in "credspec" at the top level. Move them there, and remove "spec".',
      },
    ];
  }
  if (isContents(spec)) {
    return [
      {
        check: 'contents-missing',
        path: ['spec'],
        message: 'The contents are in "spec". Rename it to "credspec".',
      },
    ];
  }
  return [
    {
      check: 'contents-missing',
      path: ['credspec'],
      message:
        'There is no field "credspec". Write the contents of the credential spec in it, at the top level.',
    },
  ];
}

/** Versions that the API server serves beside {@link API_VERSION}. */
const DEPRECATED_VERSIONS: readonly unknown[] = [`${GROUP}/v1alpha1`];

function lintApiVersion(apiVersion: unknown): readonly LintFinding[] {
  const path = ['apiVersion'];
  if (apiVersion === API_VERSION) return [];
  if (DEPRECATED_VERSIONS.includes(apiVersion)) {
    return [
      {
        check: 'deprecated-version',
        path,
        message: `apiVersion ${quoted(String(apiVersion))} is deprecated. Write ${API_VERSION}.`,
      },
    ];
  }
  const isOfGroup = typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
  const complaint = isOfGroup
    ? 'is not a version that the API server serves'
    : `is of another API group. The operator reads ${GROUP} only`;
  return [
    {
      check: 'wrong-api-version',
      path,
      message: `apiVersion ${complaintAbout(apiVersion, complaint)}. Write ${API_VERSION}.`,
    },
  ];
}

function lintKind(kind: unknown): readonly LintFinding[] {
  if (kind === KIND) return [];
  return [
    {
      check: 'wrong-kind',
      path: ['kind'],
      message: `kind ${complaintAbout(kind, `is not a kind of ${GROUP}`)}. Write ${KIND}.`,
    },
  ];
}

function lintName(name: unknown): readonly LintFinding[] {
  if (typeof name === 'string' && isDns1123Subdomain(name)) return [];
  return [
    {
      check: 'invalid-name',
      path: ['metadata', 'name'],
      message: `metadata.name ${complaintAbout(name, 'is not a name that Kubernetes accepts')}: names hold lower-case letters, digits, "-" and ".", and begin and end with a letter or digit.`,
    },
  ];
}

function lintAnnotation(value: unknown): readonly LintFinding[] {
  const path = ['metadata', 'annotations', ALLOWED_SERVICE_ACCOUNTS_ANNOTATION];
  if (value === undefined) return [];
  if (typeof value !== 'string') {
    return [
      {
        check: 'wrong-type',
        path,
        message: `Annotation ${ALLOWED_SERVICE_ACCOUNTS_ANNOTATION} ${complaintAbout(value, '')}: annotations are text, with entries separated by commas or white space.`,
      },
    ];
  }
  const message = invalidEntriesMessage(parseAllowedServiceAccounts(value));
  return message === undefined ? [] : [{ check: 'invalid-annotation', path, message }];
}
