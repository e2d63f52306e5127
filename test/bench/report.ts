// SPDX-License-Identifier: Apache-2.0
// What the bench found, as a table for people. Pure.
import type { Machine } from './machine.ts';

/** The bench's measurements, by the letters of its usage. */
export const MEASUREMENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

/** Which of them. */
export type Measurement = (typeof MEASUREMENTS)[number];

/** One requirement and how it is met. */
export interface Finding {
  readonly measurement: Measurement;
  readonly what: string;
  readonly required: string;
  readonly measured: string;
  readonly ok: boolean;
  /** Figures behind it or beside it, a line each. */
  readonly notes: readonly string[];
}

/** Everything that a run found. */
export interface Report {
  readonly machine: Machine;
  readonly scale: string;
  /** Largest share of busy processors, 0 to 1, just before a measurement. */
  readonly busiestBeginning: number;
  readonly findings: readonly Finding[];
  /** The figures that the findings are made of. */
  readonly figures: unknown;
}

/** What was measured, against what is required of it. */
export interface Measured {
  readonly measurement: Measurement;
  readonly what: string;
  readonly value: number;
  /** Behind the numbers: ` ms`. */
  readonly unit?: string;
  readonly notes: readonly string[];
}

/** A finding about something that must not be more than `limit`. */
export function atMost(limit: number, measured: Measured): Finding {
  return finding(`≤ ${limit}`, measured.value <= limit, measured);
}

/** A finding about something that must not be less than `limit`. */
export function atLeast(limit: number, measured: Measured): Finding {
  return finding(`≥ ${limit}`, measured.value >= limit, measured);
}

/** The findings that miss their requirement. */
export function missed({ findings }: Report): readonly Finding[] {
  return findings.filter(({ ok }) => !ok);
}

/** The report as text, with a line feed at its end. */
export function formatReport(report: Report): string {
  const { machine, scale, findings, busiestBeginning } = report;
  const heading = { measurement: ' ', what: 'what', required: 'required', measured: 'measured' };
  const widest = (key: 'measured' | 'required' | 'what') =>
    Math.max(...[heading, ...findings].map((row) => row[key].length));
  const [what, required, measured] = [widest('what'), widest('required'), widest('measured')];
  const line = (row: Omit<typeof heading, 'measurement'>, first: string, last: string) =>
    `${first}  ${row.what.padEnd(what)}  ${row.required.padEnd(required)}  ${row.measured.padEnd(measured)}  ${last}`;
  const head = line(heading, '   ', 'ok');
  return [
    `gmsa-operator bench (${scale}), ${machine.at}`,
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, Kubernetes ${machine.kubernetes}`,
    `up to ${(100 * busiestBeginning).toFixed(0)} % busy with other things just before a measurement`,
    '',
    head,
    '-'.repeat(head.length),
    ...findings.flatMap((row) => [
      line(row, `(${row.measurement})`, row.ok ? 'yes' : 'NO'),
      ...row.notes.map((note) => `       ${note}`),
    ]),
    '',
  ].join('\n');
}

/** A number with about three digits. */
export function fixed(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function finding(required: string, ok: boolean, { value, unit = '', ...rest }: Measured): Finding {
  return { ...rest, required: `${required}${unit}`, measured: `${fixed(value)}${unit}`, ok };
}
