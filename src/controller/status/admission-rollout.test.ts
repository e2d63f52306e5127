// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { DesiredCondition } from '../../api/conditions.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import { createAdmissionRollout } from './admission-rollout.ts';

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

describe('the news of admission', () => {
  it('are unknown for a new credspec until something is known, and stay as they were for others', () => {
    const news = createAdmissionRollout(
      () => undefined,
      () => 0,
    );
    expect(news(undefined)).toEqual({ type: 'unknown' });
    expect(news({ conditions: [] })).toEqual({ type: 'unknown' });
    expect(news(saying(FAILING))).toEqual({ type: 'tell', condition: FAILING });
  });

  it('are told at once by what is new, and by what says the same already, however many', () => {
    const news = createAdmissionRollout(
      () => READY,
      () => 0,
    );
    for (let i = 0; i < 1000; i++) {
      expect(news(undefined)).toEqual({ type: 'tell', condition: READY });
      expect(news(saying(READY))).toEqual({ type: 'tell', condition: READY });
    }
    expect(news(saying(FAILING))).toEqual({ type: 'tell', condition: READY });
  });

  it('change in a hundred credspecs a second', () => {
    let now = 0;
    const news = createAdmissionRollout(
      () => FAILING,
      () => now,
    );
    const told = () =>
      Array.from({ length: 1000 }, () => news(saying(READY))).filter(({ type }) => type === 'tell')
        .length;
    expect(told()).toBe(100);
    expect(news(saying(READY))).toEqual({ type: 'wait', condition: READY });
    now = 500;
    expect(told()).toBe(50);
    now = 10_000;
    expect(told()).toBe(100);
  });
});
