// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createWebhookHealth, PATIENCE_MS } from './webhook-health.ts';
import type { WebhookProblem } from './webhook-problems.ts';

const EXPIRED: WebhookProblem = { reason: 'CertificateInvalid', message: 'expired' };
const MISMATCH: WebhookProblem = { reason: 'CABundleMismatch', message: 'another CA' };

function at(looks: readonly (readonly [ms: number, problem: WebhookProblem | undefined])[]) {
  let now = 0;
  const health = createWebhookHealth(() => now);
  const changes: string[] = [];
  for (const [ms, problem] of looks) {
    now = ms;
    if (health.observe(problem) === 'changed') {
      changes.push(`${ms} ${String(health.condition()?.reason)}`);
    }
  }
  return { changes, condition: health.condition() };
}

describe('AdmissionReady', () => {
  it('is not known before the first look, nor while what is seen may be the beginning', () => {
    expect(createWebhookHealth().condition()).toBeUndefined();
    expect(at([[0, EXPIRED]]).condition).toBeUndefined();
    expect(
      at([
        [0, EXPIRED],
        [PATIENCE_MS - 1, EXPIRED],
      ]).condition,
    ).toBeUndefined();
  });

  it('is True at once', () => {
    expect(
      at([
        [0, EXPIRED],
        [1, undefined],
      ]),
    ).toMatchObject({
      changes: ['1 AdmissionReady'],
      condition: { status: 'True' },
    });
  });

  it('is False after 30 s of trouble, whatever it is, with what it is now', () => {
    expect(
      at([
        [0, undefined],
        [10, EXPIRED],
        [PATIENCE_MS + 10, MISMATCH],
      ]),
    ).toMatchObject({
      changes: ['0 AdmissionReady', '30010 CABundleMismatch'],
      condition: { status: 'False', message: 'another CA' },
    });
  });

  it('takes no notice of a flap', () => {
    expect(
      at([
        [0, undefined],
        [10, EXPIRED],
        [20_000, undefined],
        [20_010, EXPIRED],
        [50_000, EXPIRED],
      ]).changes,
    ).toEqual(['0 AdmissionReady']);
  });

  it('changes when the reason does, once a minute at most, and not when it stays', () => {
    const looks = [
      [0, EXPIRED],
      [30_000, EXPIRED],
      [31_000, MISMATCH],
      [89_999, MISMATCH],
      [90_000, MISMATCH],
      [91_000, EXPIRED],
      [92_000, undefined],
    ] as const;
    expect(at(looks).changes).toEqual([
      '30000 CertificateInvalid',
      '90000 CABundleMismatch',
      '92000 AdmissionReady',
    ]);
  });
});
