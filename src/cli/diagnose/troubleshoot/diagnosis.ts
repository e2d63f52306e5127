// SPDX-License-Identifier: Apache-2.0
// What was found along the chain, as data and as text. Pure.
import { escapeInvisible } from '../../../api/printable.ts';
import { fillIn, type PlaceValues } from '../../fill-in.ts';
import type { Verdict } from '../../exit-code.ts';
import type { Style } from '../../style.ts';
import { formatTable } from '../../table.ts';
import { type Link, type LinkFinding, LINKS } from './link.ts';
import { CCG_EVENTS, CCG_LOG } from './ccg-events.ts';
import { settled } from './links/user.ts';
import { readsCcgLog, REMEDIES, type RemedyName } from './remedies.ts';

/** What `troubleshoot` found. */
export interface Diagnosis {
  readonly namespace: string;
  /** `deployment/webapp1`, where that was asked for. */
  readonly workload: string | undefined;
  readonly pod: string | undefined;
  readonly container: string | undefined;
  /** `init container`; undefined is a container like any other. */
  readonly containerKind?: string;
  readonly node: string | undefined;
  readonly credspec: string | undefined;
  /** In the order of the chain, up to the first that is broken. */
  readonly findings: readonly LinkFinding[];
  readonly advice: readonly RemedyName[];
  readonly repair: Repair | undefined;
  /** With what remedies are filled in. */
  readonly values: PlaceValues;
}

/** What came of `--repair`. */
export type Repair =
  | { readonly type: 'not-tried'; readonly why: string }
  | { readonly type: 'tried'; readonly detail: string; readonly after: readonly LinkFinding[] };

/** The first link that is broken, after a repair as it is then. */
export function firstBroken(diagnosis: Diagnosis): LinkFinding | undefined {
  return findingsNow(diagnosis).find(({ outcome }) => outcome === 'broken');
}

/** Whether a link is broken; if none is, whether all of them could be looked at. */
export function verdictOf(diagnosis: Diagnosis): Verdict {
  if (firstBroken(diagnosis) !== undefined) return 'no';
  return wasAllLookedAt(diagnosis) ? 'ok' : 'trouble';
}

function wasAllLookedAt(diagnosis: Diagnosis): boolean {
  return findingsNow(diagnosis).every(({ outcome }) => outcome !== 'unknown');
}

/** For programs. */
export function diagnosisData(diagnosis: Diagnosis): unknown {
  const { findings, advice, repair, values, ...subject } = diagnosis;
  const told = (finding: LinkFinding) => ({
    link: finding.link,
    outcome: finding.outcome,
    detail: finding.detail,
    remedy: remedyText(finding, values) ?? null,
  });
  return {
    ...subject,
    links: findings.map(told),
    firstBroken: firstBroken(diagnosis)?.link ?? null,
    advice: advice.map((name) => fillIn(REMEDIES[name], values)),
    ...(pointsToCcgLog(diagnosis) ? { nodeLog: { name: CCG_LOG, events: ccgEvents(values) } } : {}),
    ...(repair === undefined
      ? {}
      : {
          repair: repair.type === 'tried' ? { ...repair, after: repair.after.map(told) } : repair,
        }),
  };
}

/** For people. */
export function diagnosisText(diagnosis: Diagnosis, style: Style): string {
  const { advice, repair, values } = diagnosis;
  const all = findingsNow(diagnosis);
  return [
    `${headline(diagnosis)}\n\n`,
    formatTable(
      ['LINK', 'RESULT', 'DETAIL'],
      LINKS.map((link) =>
        row(
          link,
          all.find((finding) => finding.link === link),
          style,
        ),
      ),
    ),
    '\n',
    repair === undefined ? '' : repairLine(repair),
    ...all
      .filter(({ outcome }) => outcome === 'doubtful' || outcome === 'unknown')
      .map((finding) => `${finding.link} is ${finding.outcome}.\n${remedyLine(finding, values)}`),
    conclusion(diagnosis, all, style),
    ...(pointsToCcgLog(diagnosis) ? [`\n${ccgTable(values)}`] : []),
    ...advice.map((name) => `advice: ${escapeInvisible(fillIn(REMEDIES[name], values))}\n`),
  ].join('');
}

/** Whether a remedy that is told is to read the log of the node. */
function pointsToCcgLog(diagnosis: Diagnosis): boolean {
  return findingsNow(diagnosis).some(
    ({ outcome, remedy }) => outcome !== 'holds' && remedy !== undefined && readsCcgLog(remedy),
  );
}

function ccgEvents(values: PlaceValues): typeof CCG_EVENTS {
  return CCG_EVENTS.map((event) => ({ ...event, remedy: fillIn(event.remedy, values) }));
}

function ccgTable(values: PlaceValues): string {
  return formatTable(
    [`EVENT OF ${CCG_LOG}`, 'SAYS', 'WHAT TO DO'],
    ccgEvents(values).map(({ id, says, remedy }) => [String(id), says, remedy]),
  );
}

/** After a repair, its findings in place of those before. */
function findingsNow({ findings, repair }: Diagnosis): readonly LinkFinding[] {
  const after = repair?.type === 'tried' ? repair.after : [];
  const isSeenAgain = ({ link }: LinkFinding): boolean => after.some((each) => each.link === link);
  return settled([...findings.filter((finding) => !isSeenAgain(finding)), ...after]);
}

function headline(diagnosis: Diagnosis): string {
  const { namespace, workload, pod, container, containerKind = 'container', node } = diagnosis;
  if (pod === undefined) return `${workload ?? ''} in namespace ${namespace}`;
  const where = node === undefined ? '' : ` on node ${node}`;
  const of = workload === undefined ? '' : ` of ${workload}`;
  return `pod ${namespace}/${pod}${of}${where}, ${containerKind} ${container ?? ''}`;
}

const STYLES = {
  holds: 'good',
  broken: 'bad',
  doubtful: 'doubtful',
  unknown: 'doubtful',
} as const satisfies Readonly<Record<LinkFinding['outcome'], keyof Style>>;

function row(link: Link, finding: LinkFinding | undefined, style: Style) {
  if (finding === undefined) return [link, { text: '-', style: style.faint }, 'not looked at'];
  const { outcome, detail } = finding;
  const result = {
    text: outcome === 'broken' ? 'BROKEN' : outcome,
    style: style[STYLES[outcome]],
  };
  return [link, result, detail];
}

function repairLine(repair: Repair): string {
  return repair.type === 'tried'
    ? `repair: ${escapeInvisible(repair.detail)}\n`
    : `repair: not tried, for ${repair.why}\n`;
}

function conclusion(diagnosis: Diagnosis, all: readonly LinkFinding[], style: Style): string {
  const broken = firstBroken(diagnosis);
  const { account = 'its account', domain = 'its domain' } = diagnosis.values;
  if (broken !== undefined) {
    return `${style.strong(broken.link)} is the first broken link.\n${remedyLine(broken, diagnosis.values)}`;
  }
  return all.every(({ outcome }) => outcome === 'holds')
    ? `All links hold: the container is ${escapeInvisible(`${account} in ${domain}`)}.\n`
    : wasAllLookedAt(diagnosis)
      ? 'No link is known to be broken.\n'
      : 'No link is known to be broken, and not all of them could be looked at.\n';
}

function remedyLine(finding: LinkFinding, values: PlaceValues): string {
  const text = remedyText(finding, values);
  return text === undefined ? '' : `remedy: ${escapeInvisible(text)}\n`;
}

function remedyText({ remedy, values: own }: LinkFinding, values: PlaceValues): string | undefined {
  return remedy === undefined ? undefined : fillIn(REMEDIES[remedy], { ...values, ...own });
}
