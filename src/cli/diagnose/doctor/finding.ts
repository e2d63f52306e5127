// SPDX-License-Identifier: Apache-2.0
// What `doctor` finds. Pure.
import { fillIn, type PlaceValues } from '../../fill-in.ts';
import type { Reading } from '../reading.ts';
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

/** A finding as the check of its area returns it. */
export type Judgement = Omit<Finding, 'area'>;

/** All is well with it. */
export function ok(message: string): Judgement {
  return { severity: 'ok', message };
}

/** Something was found. */
export function found(
  severity: Exclude<Severity, 'ok'>,
  message: string,
  remedy: DoctorRemedy,
  values: PlaceValues = {},
): Judgement {
  return { severity, message, remedy: fillIn(DOCTOR_REMEDIES[remedy], values) };
}

/** It may not be read. */
export function unreadable(what: string): Judgement {
  return found('unknown', `you may not read ${what}`, 'unreadable');
}

/** What was read goes to `judge`; what may not be read is told. */
export function judged<T>(
  reading: Reading<T>,
  what: string,
  judge: (value: T) => readonly Judgement[],
  absent: readonly Judgement[] = [],
): readonly Judgement[] {
  switch (reading.type) {
    case 'read':
      return judge(reading.value);
    case 'absent':
      return absent;
    case 'unreadable':
      return [unreadable(what)];
  }
}
