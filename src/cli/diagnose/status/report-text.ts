// SPDX-License-Identifier: Apache-2.0
// The report as text and as data. Pure.
import { escapeInvisible } from '../../../api/printable.ts';
import { whyNoStatus } from '../../observation.ts';
import type { Style } from '../../style.ts';
import { type Cell, formatTable } from '../../table.ts';
import type { CredspecPod } from '../pod.ts';
import type { Reading } from '../reading.ts';
import type { Refusal } from '../refusal.ts';
import { shownMessage } from '../shown-message.ts';
import type { CredspecReport } from './report.ts';
import { isInOrder, seenData, seenReason } from '../seen-here.ts';
import { accessText, observationText, otherBindingsText } from './access-text.ts';
import { rowsText } from './rows-text.ts';

/** A line for each credspec. */
export function overviewText(reports: readonly CredspecReport[], style: Style): string {
  if (reports.length === 0) return 'There are no credential specs in this cluster.\n';
  return formatTable(
    ['NAME', 'READY', 'REASON', 'ACCOUNT', 'DOMAIN', 'PODS', 'OLDER', 'REFUSED'],
    reports.map((report) => [
      report.name,
      readyCell(report, style),
      reasonCell(report),
      report.account ?? '-',
      report.domain ?? '-',
      counted(report.pods, (pods) => pods.length),
      counted(report.pods, (pods) => pods.filter(isOlder).length),
      counted(report.refusals, timesOf),
    ]),
  );
}

/** All there is to say of one. */
export function detailsText(report: CredspecReport, style: Style): string {
  return [
    `${style.strong(report.name)}: ${escapeInvisible(accountText(report))}\n`,
    ...observationText(report),
    ...report.violations.map(
      (violation) => `${style.bad('problem:')} It violates the schema: ${violation}.\n`,
    ),
    ...(report.seen?.problems ?? []).map(
      (problem) => `${style.bad('problem:')} ${escapeInvisible(problem)}\n`,
    ),
    ...rowsText(
      ['CONDITION', 'STATUS', 'REASON', 'MESSAGE'],
      report.conditions.map(({ type, status, reason, message }) => [
        type,
        { text: status, style: status === 'True' ? style.good : style.bad },
        reason,
        shownMessage(message),
      ]),
    ),
    ...report.warnings.map(
      (warning) => `${style.doubtful('warning:')} ${escapeInvisible(warning)}\n`,
    ),
    ...rowsText(
      ['MAY BE USED IN', 'BY'],
      [
        ...report.bindings.map(({ namespace, serviceAccounts = [], allServiceAccounts }) => [
          namespace,
          allServiceAccounts === true ? 'every service account' : serviceAccounts.join(', '),
        ]),
        ...report.missingNamespaces.map((namespace) => [namespace, '(there is no such namespace)']),
      ],
    ),
    ...accessText(report),
    ...otherBindingsText(report),
    ...podsText(report.pods, style),
    ...readable(report.refusals, 'Events', (refusals) =>
      rowsText(
        ['REFUSED', 'TIMES', 'LAST', 'WHY'],
        refusals.map(({ namespace, owner, count, lastSeen, message }) => [
          `${namespace}/${owner}`,
          String(count),
          lastSeen,
          shownMessage(message),
        ]),
      ),
    ),
  ].join('');
}

/** Of refusals that name no credspec; nothing where there are none. */
export function unnamedText(refusals: readonly Refusal[], style: Style): string {
  const [last] = refusals;
  if (last === undefined) return '';
  const { namespace, owner, lastSeen, message } = last;
  const where = escapeInvisible(`${namespace}/${owner}: ${shownMessage(message)}`);
  return [
    '\n',
    style.bad(`Pods with a GMSA were refused without naming it: ${timesOf(refusals)} times.`),
    ` Last ${lastSeen}, ${where}\nkubectl gmsa doctor shows why.\n`,
  ].join('');
}

/** For programs: an element for each credspec, and one without a name for refusals that name none. */
export function reportData(
  reports: readonly CredspecReport[],
  unnamed: readonly Refusal[],
): readonly unknown[] {
  return [
    ...reports.map(({ pods, refusals, observation, seen, ...report }) => ({
      ...report,
      upToDate: observation === 'current',
      ...(seen === undefined ? {} : seenData(seen)),
      pods: pods.type === 'read' ? pods.value : null,
      refusals: refusals.type === 'read' ? refusals.value : null,
    })),
    ...(unnamed.length === 0 ? [] : [{ name: null, refusals: unnamed }]),
  ];
}

function accountText({ account, domain }: CredspecReport): string {
  if (account === undefined && domain === undefined) return 'it names neither account nor domain';
  return `${account ?? 'an account that it does not name'} in ${domain ?? 'a domain that it does not name'}`;
}

function podsText(pods: Reading<readonly CredspecPod[]>, style: Style): readonly string[] {
  return readable(pods, 'pods', (all) => [
    ...rowsText(
      ['POD', 'NODE', 'PHASE', 'CONTENTS'],
      all.map(({ namespace, name, node = '-', phase, contents }) => [
        `${namespace}/${name}`,
        node,
        phase,
        { text: contents, style: contents === 'current' ? style.good : style.doubtful },
      ]),
    ),
    ...(all.some(isOlder)
      ? ['Pods with older contents get the new ones when they are made again.\n']
      : []),
    ...(all.length === 0 ? ['\nNo pod runs as it.\n'] : []),
  ]);
}

function readable<T>(
  value: Reading<T>,
  what: string,
  text: (value: T) => readonly string[],
): readonly string[] {
  switch (value.type) {
    case 'read':
      return text(value.value);
    case 'absent':
      return [`\nThis cluster has no ${what}.\n`];
    case 'unreadable':
      return [`\nYou may not list ${what}: what they would tell is left out.\n`];
  }
}

function counted<T>(value: Reading<T>, count: (value: T) => number): string {
  return value.type === 'read' ? String(count(value.value)) : '?';
}

function timesOf(refusals: readonly Refusal[]): number {
  return refusals.reduce((sum, { count }) => sum + count, 0);
}

function readyCell({ ready, observation, seen }: CredspecReport, style: Style): Cell {
  // That admission is ready, nobody says.
  if (seen !== undefined) return { text: '-', style: isInOrder(seen) ? style.good : style.bad };
  if (ready === undefined || observation !== 'current') {
    return { text: 'Unknown', style: style.doubtful };
  }
  return { text: ready.status, style: ready.status === 'True' ? style.good : style.bad };
}

function reasonCell({ ready, observation, seen }: CredspecReport): string {
  if (seen !== undefined) return `${whyNoStatus(observation) ?? ''}; ${seenReason(seen)}`;
  if (ready === undefined) return 'no operator has looked at it';
  return observation === 'current' ? ready.reason : 'no operator has looked at its last change';
}

function isOlder({ contents }: CredspecPod): boolean {
  return contents !== 'current';
}
