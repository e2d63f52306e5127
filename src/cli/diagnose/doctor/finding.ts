// SPDX-License-Identifier: Apache-2.0
// What `doctor` finds. Pure.
import type { Reading } from '../reading.ts';
import { fillIn } from '../remedy.ts';
import { DOCTOR_REMEDIES, type DoctorRemedy } from './remedies.ts';

/** What was looked at, in the order in which it is told. */
export const AREAS = [
  'cluster',
  'operator',
  'certificate',
  'webhooks',
  'rbac',
  'nodes',
  'pods',
  'credspecs',
] as const;

/** One of them. */
export type Area = (typeof AREAS)[number];

/**
 * `error`: something does not work; `warning`: it will not, or is dangerous; `note`: worth knowing;
 * `unknown`: it may not be read by whoever asks; `ok`: it was looked at.
 */
export type Severity = 'error' | 'note' | 'ok' | 'unknown' | 'warning';

/** One finding. */
export interface Finding {
  readonly area: Area;
  readonly severity: Severity;
  /** One line. */
  readonly message: string;
  /** One line; nothing to be done where it is absent. */
  readonly remedy?: string;
}

/** A check: everything about one area, from the snapshot. */
export type Check<S> = (snapshot: S) => readonly Finding[];

/** All is well with it. */
export function ok(area: Area, message: string): Finding {
  return { area, severity: 'ok', message };
}

/** Something was found. */
export function found(
  area: Area,
  severity: Exclude<Severity, 'ok'>,
  message: string,
  remedy: DoctorRemedy,
  values: Readonly<Record<string, string>> = {},
): Finding {
  return { area, severity, message, remedy: fillIn(DOCTOR_REMEDIES[remedy], values) };
}

/** It may not be read. */
export function unreadable(area: Area, what: string): Finding {
  return found(area, 'unknown', `you may not read ${what}`, 'unreadable');
}

/** What was read goes to `judge`; what is absent or may not be read is told. */
export function judged<T>(
  reading: Reading<T>,
  area: Area,
  what: string,
  judge: {
    readonly read: (value: T) => readonly Finding[];
    readonly absent: () => readonly Finding[];
  },
): readonly Finding[] {
  switch (reading.type) {
    case 'read':
      return judge.read(reading.value);
    case 'absent':
      return judge.absent();
    case 'unreadable':
      return [unreadable(area, what)];
  }
}
