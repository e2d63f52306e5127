// SPDX-License-Identifier: Apache-2.0
// What the bench found, as a table for people. Pure.
import type { Machine } from './machine.ts';

/** One line of the table. */
export interface Finding {
  readonly measurement: 'a' | 'b' | 'c' | 'd';
  readonly what: string;
  /** Empty where nothing is required, and the figure only explains another one. */
  readonly required: string;
  readonly measured: string;
  /** Whether the requirement holds; `undefined` where there is none. */
  readonly ok: boolean | undefined;
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

/** A measured value, and what stands in brackets behind it. */
interface Measured {
  readonly value: number;
  readonly unit?: string;
  readonly note: string;
}

/** A finding about something that must not be more than `limit`. */
export function atMost(
  measurement: Finding['measurement'],
  what: string,
  limit: number,
  { value, unit = '', note }: Measured,
): Finding {
  return {
    measurement,
    what,
    required: `≤ ${limit}${unit}`,
    measured: `${fixed(value)}${unit} (${note})`,
    ok: value <= limit,
  };
}

/** A finding about something that must not be less than `limit`. */
export function atLeast(
  measurement: Finding['measurement'],
  what: string,
  limit: number,
  { value, unit = '', note }: Measured,
): Finding {
  return {
    measurement,
    what,
    required: `≥ ${limit}${unit}`,
    measured: `${fixed(value)}${unit} (${note})`,
    ok: value >= limit,
  };
}

/** A finding that only explains. */
export function told(measurement: Finding['measurement'], what: string, measured: string): Finding {
  return { measurement, what, required: '', measured, ok: undefined };
}

/** The findings that miss their requirement. */
export function missed({ findings }: Report): readonly Finding[] {
  return findings.filter(({ ok }) => ok === false);
}

/** The report as text, with a line feed at its end. */
export function formatReport(report: Report): string {
  const { machine, scale, findings, busiestBeginning } = report;
  const rows = [
    ['', 'what', 'required', 'measured', 'ok'],
    ...findings.map(({ measurement, what, required, measured, ok }) => [
      `(${measurement})`,
      what,
      required,
      measured,
      ok === undefined ? '' : ok ? 'yes' : 'NO',
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  const busy = (100 * busiestBeginning).toFixed(0);
  return [
    `gmsa-operator bench (${scale}), ${machine.at}`,
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, Kubernetes ${machine.kubernetes}`,
    `the machine was up to ${busy} % busy with other things just before a measurement`,
    '',
    head,
    '-'.repeat(Math.max(...lines.map(({ length }) => length))),
    ...body,
    '',
  ].join('\n');
}

/** A number with about three digits. */
export function fixed(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
