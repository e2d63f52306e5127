// SPDX-License-Identifier: Apache-2.0
// Whether Windows can work with the contents of a credential spec, and what looks wrong in them.
import { canonicalJson, NotCanonicalError } from './canonical-json.ts';
import { checkAccountNames } from './check-account-names.ts';
import { checkActiveDirectory } from './check-active-directory.ts';
import { checkDomainJoin } from './check-domain-join.ts';
import { checkPlaceholders } from './check-placeholders.ts';
import {
  CONTENT_CHECKS,
  type ContentCheck,
  type ContentsPath,
  type Finding,
} from './content-findings.ts';

/** Most bytes of `gmsaCredentialSpec` that the API server accepts in a pod (core/v1 validation). */
export const MAX_CONTENTS_BYTES = 64 * 1024;

/** Findings of one check that are told one by one; a list of 10,000 accounts can be wrong in each. */
const MAX_FINDINGS_PER_CHECK = 10;

/** What the checks have to say on contents, in words for a Windows administrator. */
export interface ContentFindings {
  /** What cannot work: `Valid` is False. */
  readonly errors: readonly string[];
  /** What looks wrong and may yet work: `status.warnings`. */
  readonly warnings: readonly string[];
}

/**
 * Checks the `credspec` field of a resource. Takes anything, in bounded time, and never throws; messages
 * are bounded in number and length and never show `PluginInput`. The checks and their reasons are those
 * of docs/credential-spec-checks.md.
 */
export function checkContents(value: unknown): ContentFindings {
  const findings = findInContents(value);
  return { errors: messages(findings, 'error'), warnings: messages(findings, 'warning') };
}

/** {@link checkContents} before its findings are sorted into errors and warnings and bounded. */
export function findInContents(value: unknown): readonly Finding[] {
  const placeholders = checkPlaceholders(value);
  const others = [
    ...checkDomainJoin(value),
    ...checkAccountNames(value),
    ...checkActiveDirectory(value),
    ...checkSize(value),
  ];
  // Other checks say nothing useful about a value that is still to be filled in.
  const unfilled = new Set(
    placeholders.flatMap(({ path }) => path.map((_, index) => pathKey(path.slice(0, index + 1)))),
  );
  return [...placeholders, ...others.filter(({ path }) => !unfilled.has(pathKey(path)))];
}

function pathKey(path: ContentsPath): string {
  return path.join('.');
}

function checkSize(value: unknown): readonly Finding[] {
  const problem = sizeProblem(value);
  if (problem === undefined) return [];
  return [
    {
      check: 'contents-too-large',
      path: [],
      message: `The credential spec ${problem}, and the API server would refuse every pod that uses it. Remove what does not belong into it; a usual one has less than 1 KiB.`,
    },
  ];
}

function sizeProblem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    const bytes = Buffer.byteLength(canonicalJson(value));
    return bytes > MAX_CONTENTS_BYTES
      ? `has ${bytes} bytes as compact JSON, more than the ${MAX_CONTENTS_BYTES} that fit into a pod`
      : undefined;
  } catch (error) {
    if (error instanceof NotCanonicalError) return `has no compact JSON: ${error.message}`;
    throw error;
  }
}

function messages(findings: readonly Finding[], severity: 'error' | 'warning'): readonly string[] {
  const byCheck = Map.groupBy(
    findings.filter(({ check }) => CONTENT_CHECKS[check] === severity),
    ({ check }) => check,
  );
  return [...byCheck].flatMap(([check, found]) => boundedMessages(check, found));
}

function boundedMessages(check: ContentCheck, found: readonly Finding[]): readonly string[] {
  const told = found.slice(0, MAX_FINDINGS_PER_CHECK).map(({ message }) => message);
  const more = found.length - told.length;
  return more === 0 ? told : [...told, `… and ${more} more of the kind ${check}.`];
}
