// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { DesiredCondition } from '../../api/conditions.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import { paceAdmissionReady } from './paced-admission-ready.ts';

const READY = {
  type: 'AdmissionReady',
  status: 'True',
  reason: 'AdmissionReady',
  message: 'fine',
} as const;
const FAILING = {
  type: 'AdmissionReady',
  status: 'False',
  reason: 'CABundleMismatch',
  message: 'not fine',
} as const;

function saying(condition: DesiredCondition): CredspecStatus {
  return { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
}

describe('AdmissionReady in statuses', () => {
  it('is unknown for a new credspec until something is known, and stays as it was for others', () => {
    const paced = paceAdmissionReady(
      () => undefined,
      () => 0,
    );
    expect(paced(undefined)).toEqual({ type: 'unknown' });
    expect(paced({ conditions: [] })).toEqual({ type: 'unknown' });
    expect(paced(saying(FAILING))).toEqual({ type: 'report', condition: FAILING });
  });

  it('is reported at once by new statuses, and by those that say the same already, however many', () => {
    const paced = paceAdmissionReady(
      () => READY,
      () => 0,
    );
    for (let i = 0; i < 1000; i++) {
      expect(paced(undefined)).toEqual({ type: 'report', condition: READY });
      expect(paced(saying(READY))).toEqual({ type: 'report', condition: READY });
    }
    expect(paced(saying(FAILING))).toEqual({ type: 'report', condition: READY });
  });

  it('changes in a hundred statuses a second', () => {
    let now = 0;
    const paced = paceAdmissionReady(
      () => FAILING,
      () => now,
    );
    const reported = () =>
      Array.from({ length: 1000 }, () => paced(saying(READY))).filter(
        ({ type }) => type === 'report',
      ).length;
    expect(reported()).toBe(100);
    expect(paced(saying(READY))).toEqual({ type: 'wait', condition: READY });
    now = 500;
    expect(reported()).toBe(50);
    now = 10_000;
    expect(reported()).toBe(100);
  });
});
