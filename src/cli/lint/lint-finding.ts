// SPDX-License-Identifier: Apache-2.0
// What lint can find.
import {
  CONTENT_CHECKS,
  type ContentCheck,
  type ContentsPath,
} from '../../api/content-findings.ts';

/** What lint checks beyond the contents: the file and the object around them. */
export const OBJECT_CHECKS = {
  'not-readable': 'error',
  'no-credential-spec': 'error',
  'wrong-api-version': 'error',
  'wrong-kind': 'error',
  'invalid-name': 'error',
  'contents-missing': 'error',
  'unknown-field': 'error',
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
  /** From 1; known of errors in the syntax. */
  readonly column?: number;
}

/** Whether a finding counts as an error or as a warning. */
export function severityOf({ check }: Pick<LintFinding, 'check'>): 'error' | 'warning' {
  return { ...CONTENT_CHECKS, ...OBJECT_CHECKS }[check];
}
