// SPDX-License-Identifier: Apache-2.0
// What is wrong with a credential spec, as the operator and the API server would find it. Pure.
import {
  invalidEntriesMessage,
  parseAllowedServiceAccounts,
} from '../../api/allowed-service-accounts.ts';
import { findInContents } from '../../api/check-contents.ts';
import {
  CONTENT_CHECKS,
  type ContentCheck,
  type ContentsPath,
} from '../../api/content-findings.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, API_VERSION } from '../../api/credspec.ts';
import { decodeContents } from '../../api/credspec-schema.ts';
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import { quoted } from '../../api/printable.ts';
import { complaintAbout } from '../../api/untyped.ts';
import type { Identified } from '../documents/identify.ts';

/** What lint checks beyond the contents: the file and the object around them. */
export const OBJECT_CHECKS = {
  'not-readable': 'error',
  'no-credential-spec': 'error',
  'invalid-name': 'error',
  'contents-missing': 'error',
  'wrong-type': 'error',
  'invalid-annotation': 'error',
  'deprecated-version': 'warning',
} as const satisfies Record<string, 'error' | 'warning'>;

/** Name of a check. */
export type LintCheck = ContentCheck | keyof typeof OBJECT_CHECKS;

/** Something that lint found. */
export interface LintFinding {
  readonly check: LintCheck;
  /** Where in the document. */
  readonly path: ContentsPath;
  readonly message: string;
  /** From 1; undefined if it is unknown, as in a cluster. */
  readonly line?: number;
}

/** Whether a finding counts as an error or as a warning. */
export function severityOf({ check }: Pick<LintFinding, 'check'>): 'error' | 'warning' {
  return { ...CONTENT_CHECKS, ...OBJECT_CHECKS }[check];
}

/** Everything that is wrong with a credential spec, errors and warnings; objects of other kinds are passed over. */
export function lintCredspec(credspec: Identified): readonly LintFinding[] {
  switch (credspec.type) {
    case 'other':
      return [];
    case 'unknown':
      return [NEITHER];
    case 'contents':
      return lintContents(credspec.contents, []);
    case 'resource':
      return [
        ...lintVersion(credspec.apiVersion),
        ...lintName(credspec.name),
        ...lintAnnotation(credspec.allowed),
        ...(credspec.contents === undefined
          ? [CONTENTS_MISSING]
          : lintContents(credspec.contents, ['credspec'])),
      ].map((finding) => ({ ...finding, path: [...credspec.path, ...finding.path] }));
  }
}

const NEITHER: LintFinding = {
  check: 'no-credential-spec',
  path: [],
  message:
    'This is neither a credential spec, as New-CredentialSpec writes it, nor a Kubernetes object.',
};

const CONTENTS_MISSING: LintFinding = {
  check: 'contents-missing',
  path: ['credspec'],
  message:
    'There is no field "credspec": the credential spec belongs under it, and not under "spec".',
};

function lintVersion(apiVersion: string): readonly LintFinding[] {
  if (apiVersion === API_VERSION) return [];
  return [
    {
      check: 'deprecated-version',
      path: ['apiVersion'],
      message: `apiVersion ${quoted(apiVersion)} is not the current one: write ${API_VERSION}.`,
    },
  ];
}

function lintName(name: unknown): readonly LintFinding[] {
  if (typeof name === 'string' && isDns1123Subdomain(name)) return [];
  return [
    {
      check: 'invalid-name',
      path: ['metadata', 'name'],
      message: `metadata.name ${complaintAbout(name, 'is no name that Kubernetes accepts')}: names hold lower-case letters, digits, "-" and ".", and begin and end with a letter or digit.`,
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

function lintContents(contents: unknown, path: ContentsPath): readonly LintFinding[] {
  const decoded = decodeContents(contents);
  const wrongTypes =
    'contents' in decoded
      ? []
      : decoded.problems.map(({ path: place, found, wanted }): LintFinding => {
          const steps = stepsOf(place);
          const name = steps.length === 0 ? 'The credential spec' : steps.join('.');
          return {
            check: 'wrong-type',
            path: steps,
            message: `${name} is ${found}, and must be ${wanted}.${adviceOn(steps, found)}`,
          };
        });
  // What has the wrong type is told once.
  const others = findInContents(contents).filter(
    (finding) =>
      !wrongTypes.some((wrong) => wrong.path.every((step, i) => finding.path[i] === step)),
  );
  return [...wrongTypes, ...others].map((finding) => ({
    ...finding,
    path: [...path, ...finding.path],
  }));
}

/** The steps of `credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts[3].Name` below `credspec`. */
function stepsOf(place: string): ContentsPath {
  return place
    .split(/[.[\]]+/)
    .slice(1)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function adviceOn(steps: ContentsPath, found: string): string {
  if (steps.at(-1) === 'PluginInput' && found === 'an object') {
    return ' kubectl gmsa convert writes it as the JSON that the plug-in reads.';
  }
  return found === 'a number' || found === 'a boolean' ? ' Put it in quotes.' : '';
}
