// SPDX-License-Identifier: Apache-2.0
// Findings as text. Pure.
import { escapeInvisible } from '../../../api/printable.ts';
import type { Style } from '../../style.ts';
import { AREAS, type Finding, type Severity } from './finding.ts';

/** What was found, area by area, and how much of it is wrong. */
export function findingsText(findings: readonly Finding[], style: Style): string {
  const parts = AREAS.flatMap((area) => {
    const own = findings.filter((finding) => finding.area === area);
    if (own.length === 0) return [];
    return [`${style.strong(area)}\n`, ...own.map((finding) => findingText(finding, style)), '\n'];
  });
  return `${parts.join('')}${summaryText(findings)}\n`;
}

/** How many of each, worst first. */
export function summaryText(findings: readonly Finding[]): string {
  const parts = (['error', 'warning', 'unknown', 'note'] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${PLURALS[severity][number === 1 ? 0 : 1]}`];
  });
  return parts.length === 0 ? 'Nothing is wrong.' : `Found: ${parts.join(', ')}.`;
}

const PLURALS = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  unknown: ['thing that you may not read', 'things that you may not read'],
  note: ['note', 'notes'],
} as const;

const STYLES = {
  ok: 'good',
  error: 'bad',
  warning: 'doubtful',
  note: 'faint',
  unknown: 'faint',
} as const satisfies Readonly<Record<Severity, keyof Style>>;

function findingText({ severity, message, remedy }: Finding, style: Style): string {
  const word = style[STYLES[severity]](severity.padEnd('warning'.length));
  const line = `  ${word}  ${escapeInvisible(message)}\n`;
  return remedy === undefined ? line : `${line}           remedy: ${escapeInvisible(remedy)}\n`;
}
