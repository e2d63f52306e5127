// SPDX-License-Identifier: Apache-2.0
// What is wrong with a credential spec, as the operator and the API server would find it. Pure.
import { findInContents } from '../../api/check-contents.ts';
import type { ContentsPath } from '../../api/content-findings.ts';
import { decodeContents } from '../../api/credspec-schema.ts';
import { property } from '../../api/untyped.ts';
import type { CredspecObject, Identified } from '../documents/identify.ts';
import type { LintFinding } from './lint-finding.ts';
import { lintContentsPlace, lintObject } from './lint-object.ts';
import { unknownFields } from './unknown-fields.ts';

/** Everything that is wrong with a credential spec, errors and warnings; objects of other kinds are passed over. */
export function lintCredspec(credspec: Identified): readonly LintFinding[] {
  switch (credspec.type) {
    case 'other':
      return [];
    case 'unknown':
      return [NEITHER];
    case 'contents':
      return [
        ...unknownFields(credspec.contents, 'contents'),
        ...lintContents(credspec.contents, []),
      ];
    case 'misnamed':
    case 'resource':
      return lintResource(credspec);
  }
}

const NEITHER: LintFinding = {
  check: 'no-credential-spec',
  path: [],
  message:
    'This is neither a credential spec, as New-CredentialSpec writes it, nor a Kubernetes object.',
};

function lintResource(credspec: CredspecObject): readonly LintFinding[] {
  const { object, contents, path } = credspec;
  const misplaced = lintContentsPlace(credspec);
  const unknown = unknownFields(object, 'resource').filter(
    // Where the contents are is reported once.
    (finding) => misplaced.length === 0 || finding.path.join('.') !== 'spec',
  );
  return [
    ...lintObject(credspec),
    ...misplaced,
    ...unknown,
    ...(contents === undefined ? [] : lintContents(contents, ['credspec'])),
  ].map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

function lintContents(contents: unknown, path: ContentsPath): readonly LintFinding[] {
  const decoded = decodeContents(contents);
  const wrongTypes =
    'contents' in decoded
      ? []
      : decoded.problems.map(({ path: place, found, wanted }): LintFinding => {
          const steps = stepsOf(place);
          const name = steps.length === 0 ? 'The credential spec' : steps.join('.');
          if (wanted === 'a string' && isBareTemplate(contents, steps)) {
            return {
              check: 'placeholder',
              path: steps,
              message: `${name} has a placeholder of the form {{ … }}. Write the value that belongs in its place.`,
            };
          }
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

/** Whether this is `{{ .Values.account }}` without quotes, which YAML reads as a map with a map for a key. */
function isBareTemplate(contents: unknown, steps: ContentsPath): boolean {
  const value = steps.reduce<unknown>((outer, step) => property(outer, String(step)), contents);
  if (typeof value !== 'object' || value === null) return false;
  const [key, another] = Object.keys(value);
  return another === undefined && key?.startsWith('{') === true && key.endsWith('}');
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
