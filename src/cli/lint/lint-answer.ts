// SPDX-License-Identifier: Apache-2.0
// What lint prints: a line for each finding in the form that editors and CI systems find places by, and
// how much there was. Pure.
import { escapeInvisible } from '../../api/printable.ts';
import type { Answer } from '../answer.ts';
import type { Style } from '../style.ts';
import { type LintFinding, severityOf } from './lint-finding.ts';
import type { LintResult } from './lint-file.ts';

/** How much was found. */
export interface LintCounts {
  readonly credspecs: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Counts over all results. */
export function countsOf(results: readonly LintResult[]): LintCounts {
  const severities = results.flatMap(({ findings }) => findings.map(severityOf));
  return {
    credspecs: results.reduce((sum, { credspecs }) => sum + credspecs, 0),
    errors: severities.filter((severity) => severity === 'error').length,
    warnings: severities.filter((severity) => severity === 'warning').length,
  };
}

/** Findings of a file that are told to people one by one; what is wrong in all of them is seen by then. */
const MAX_TOLD = 100;

/** All findings, in the order of files and lines; for people, the first of each file. */
export function lintAnswer(results: readonly LintResult[]): Answer {
  const counts = countsOf(results);
  const sorted = results.map(({ source, findings }) => ({
    source,
    findings: findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  }));
  return {
    data: {
      findings: sorted.flatMap(({ source, findings }) =>
        findings.map(({ line, column, path, check, message }) => ({
          source,
          ...(line === undefined ? {} : { line }),
          ...(column === undefined ? {} : { column }),
          path: path.join('.'),
          severity: severityOf({ check }),
          check,
          message,
        })),
      ),
      ...counts,
    },
    text: (style) =>
      [...sorted.flatMap((result) => linesOf(result, style)), sumOf(counts, style)]
        .map((line) => `${line}\n`)
        .join(''),
  };
}

function linesOf(
  { source, findings }: Pick<LintResult, 'findings' | 'source'>,
  style: Style,
): readonly string[] {
  const told = findings.slice(0, MAX_TOLD).map((finding) => lineOf(source, finding, style));
  const more = findings.length - told.length;
  if (more === 0) return told;
  const place = style.strong(`${escapeInvisible(source)}:`);
  return [...told, `${place} … and ${more} more; -o json has all of them`];
}

function lineOf(source: string, finding: LintFinding, style: Style): string {
  const { line, column } = finding;
  const place = [escapeInvisible(source), line, column].filter((part) => part !== undefined);
  return `${style.strong(`${place.join(':')}:`)} ${findingText(finding, style)}`;
}

/** `error: <message> [<check>]`. */
export function findingText({ check, message }: LintFinding, style: Style): string {
  const severity = severityOf({ check });
  const coloured = severity === 'error' ? style.bad(severity) : style.doubtful(severity);
  return `${coloured}: ${escapeInvisible(message)} ${style.faint(`[${check}]`)}`;
}

function sumOf({ credspecs, errors, warnings }: LintCounts, style: Style): string {
  const looked = counted(credspecs, 'credential spec');
  if (errors + warnings === 0) return `${looked}: ${style.good('nothing is wrong')}`;
  return `${looked}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
