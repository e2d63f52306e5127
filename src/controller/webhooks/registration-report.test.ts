// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import { createRegistrationReport } from './registration-report.ts';

/** A report whose configurations, and whose clock, the test sets. */
function setUp() {
  const log = createRecordingLogger();
  const observed: number[] = [];
  const state = { mutating: 1, validating: 1, isSynced: true, nowMs: 0 };
  const look = createRegistrationReport({
    informers: {
      get mutating() {
        return { size: state.mutating };
      },
      get validating() {
        return { size: state.validating };
      },
      notSynced: () => ({ view: state.isSynced ? undefined : 'not yet' }),
    },
    observe: (missing) => void observed.push(missing),
    log,
    nowMs: () => state.nowMs,
  });
  const at = (seconds: number): readonly string[] => {
    state.nowMs = seconds * 1000;
    look();
    return log.lines
      .splice(0)
      .map(({ level, message }) => `${level} ${message.split(',')[0] ?? ''}`);
  };
  return { state, at, observed };
}

describe('the report on webhook configurations', () => {
  it('says nothing while they are there', () => {
    const { at, observed } = setUp();
    expect([...at(0), ...at(100)]).toEqual([]);
    expect(observed).toEqual([0, 0]);
  });

  it('counts at once what is missing, logs it if it lasts, and again now and then', () => {
    const { state, at, observed } = setUp();
    state.mutating = 0;
    const missing = ['error MutatingWebhookConfiguration gmsa-operator is missing'];
    expect([...at(0), ...at(29)]).toEqual([]);
    expect(at(30)).toEqual(missing);
    expect(at(629)).toEqual([]);
    expect(at(630)).toEqual(missing);
    state.mutating = 1;
    expect(at(640)).toEqual(['info The webhook configurations are back']);
    expect(observed).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it('does not take what it has yet to read for missing', () => {
    const { state, at, observed } = setUp();
    Object.assign(state, { mutating: 0, validating: 0, isSynced: false });
    expect([...at(0), ...at(60)]).toEqual([]);
    expect(observed).toEqual([]);
  });
});
