// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import {
  type ComponentConditions,
  type Condition,
  CONDITION_REASONS,
  type ConditionReason,
  type ConditionStatus,
  type DesiredCondition,
  mergeConditions,
  readyCondition,
} from './conditions.ts';

const fine: ComponentConditions = {
  valid: { type: 'Valid', status: 'True', reason: 'Valid', message: 'v', observedGeneration: 3 },
  accessGranted: { type: 'AccessGranted', status: 'True', reason: 'AccessGranted', message: 'g' },
  admissionReady: {
    type: 'AdmissionReady',
    status: 'True',
    reason: 'ManagedElsewhere',
    message: 'a',
  },
};

const valid = (
  status: ConditionStatus,
  reason: ConditionReason<'Valid'>,
): DesiredCondition<'Valid'> => ({ type: 'Valid', status, reason, message: `about ${reason}` });

const access = (
  status: ConditionStatus,
  reason: ConditionReason<'AccessGranted'>,
): DesiredCondition<'AccessGranted'> => ({
  type: 'AccessGranted',
  status,
  reason,
  message: `about ${reason}`,
});

const admission = (
  status: ConditionStatus,
  reason: ConditionReason<'AdmissionReady'>,
): DesiredCondition<'AdmissionReady'> => ({
  type: 'AdmissionReady',
  status,
  reason,
  message: `about ${reason}`,
});

describe('readyCondition', () => {
  it('is True where every other condition is', () => {
    expect(readyCondition(fine)).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: expect.any(String),
      observedGeneration: 3,
    });
  });

  it.each<[Partial<ComponentConditions>, string]>([
    [{ admissionReady: admission('False', 'CertificateInvalid') }, 'CertificateInvalid'],
    [
      {
        accessGranted: access('False', 'Conflict'),
        admissionReady: admission('False', 'CABundleMismatch'),
      },
      'Conflict',
    ],
    [
      {
        valid: valid('False', 'InvalidAnnotation'),
        accessGranted: access('False', 'Forbidden'),
        admissionReady: admission('False', 'CABundleMismatch'),
      },
      'InvalidAnnotation',
    ],
    [{ accessGranted: access('Unknown', 'WriteFailed') }, 'WriteFailed'],
    [
      {
        valid: valid('True', 'ContentsSuspicious'),
        accessGranted: access('True', 'NamespacesMissing'),
        admissionReady: admission('False', 'WebhookConfigurationMissing'),
      },
      'WebhookConfigurationMissing',
    ],
  ])('is False for the first condition that does not hold: %j', (components, reason) => {
    expect(readyCondition({ ...fine, ...components })).toMatchObject({
      status: 'False',
      reason,
      message: `about ${reason}`,
    });
  });

  it.each<[Partial<ComponentConditions>, string]>([
    [{ accessGranted: access('True', 'NoServiceAccounts') }, 'NoServiceAccounts'],
    [{ valid: valid('True', 'ContentsSuspicious') }, 'ContentsSuspicious'],
    [
      {
        valid: valid('True', 'ContentsSuspicious'),
        accessGranted: access('True', 'NoServiceAccounts'),
      },
      'ContentsSuspicious',
    ],
    [
      {
        valid: valid('True', 'ContentsSuspicious'),
        accessGranted: access('True', 'NamespacesMissing'),
      },
      'NamespacesMissing',
    ],
  ])('is True with the first note: %j', (components, reason) => {
    expect(readyCondition({ ...fine, ...components })).toMatchObject({
      status: 'True',
      reason,
      message: `about ${reason}`,
    });
  });
});

describe('mergeConditions', () => {
  const now = new Date('2026-11-24T10:11:12.345Z');
  const before: Condition = {
    type: 'Valid',
    status: 'True',
    reason: 'Valid',
    message: 'old',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };

  it('starts with the time of now, in whole seconds', () => {
    expect(mergeConditions(undefined, [fine.valid], now)).toEqual([
      { ...fine.valid, lastTransitionTime: '2026-11-24T10:11:12Z' },
    ]);
  });

  it('keeps the transition time where the status is the same, whatever else changes', () => {
    const desired = valid('True', 'ContentsSuspicious');
    expect(mergeConditions([before], [desired], now)).toEqual([
      { ...desired, lastTransitionTime: before.lastTransitionTime },
    ]);
  });

  it('moves the transition time where the status changes', () => {
    const [merged] = mergeConditions([before], [valid('False', 'InvalidContents')], now);
    expect(merged?.lastTransitionTime).toBe('2026-11-24T10:11:12Z');
  });

  it('gives the same again for its own result, so that nothing is written twice', () => {
    const desired = [readyCondition(fine), fine.valid, fine.accessGranted, fine.admissionReady];
    const first = mergeConditions(undefined, desired, now);
    expect(mergeConditions(first, desired, new Date('2030-01-01T00:00:00Z'))).toEqual(first);
  });

  it('leaves conditions of other types to whoever wrote them', () => {
    const foreign = { ...before, type: 'Foreign' };
    expect(mergeConditions([foreign, before], [fine.valid], now)).toHaveLength(1);
  });

  it('cuts messages to what the API server takes', () => {
    const desired = { ...fine.valid, message: 'x'.repeat(32768) };
    expect(mergeConditions([], [desired], now)[0]?.message).toBe(desired.message);
    const longer = { ...fine.valid, message: '😀'.repeat(20000) };
    const cutMessage = mergeConditions([], [longer], now)[0]?.message;
    expect(cutMessage?.length).toBeLessThanOrEqual(32768);
    expect(cutMessage).toMatch(/^(😀)+…$/u);
  });
});

describe('reasons', () => {
  it('have the form that the API server wants', () => {
    for (const reason of Object.values(CONDITION_REASONS).flat()) {
      expect(reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
    }
  });
});
