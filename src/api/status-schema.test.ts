// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { decodeStatus } from './status-schema.ts';

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'Everything is in place.',
  lastTransitionTime: '2026-11-25T03:00:00Z',
  observedGeneration: 1,
};

describe('decodeStatus', () => {
  it('hands a status back as it is, with fields that nobody knows', () => {
    const status = { observedGeneration: 1, conditions: [{ ...READY, extra: 1 }], extra: [] };
    expect(decodeStatus(status)).toEqual({ status, problems: [] });
    expect(decodeStatus(undefined)).toEqual({ status: undefined, problems: [] });
    expect(decodeStatus({})).toEqual({ status: {}, problems: [] });
  });

  it.each([
    [null, undefined, 'status', 'nothing', 'an object'],
    [7, undefined, 'status', 'a number', 'an object'],
    [[], undefined, 'status', 'a list', 'an object'],
    [{ conditions: 5 }, {}, 'status.conditions', 'a number', 'a list'],
    [
      { conditions: null, clusterRole: 'x' },
      { clusterRole: 'x' },
      'status.conditions',
      'nothing',
      'a list',
    ],
    [
      { conditions: [READY, 1] },
      { conditions: [READY] },
      'status.conditions[1]',
      'a number',
      'an object',
    ],
    [
      { conditions: [{ ...READY, message: undefined }] },
      { conditions: [] },
      'status.conditions[0].message',
      'nothing',
      'a string',
    ],
    [{ bindings: [{}] }, { bindings: [] }, 'status.bindings[0].namespace', 'nothing', 'a string'],
    [
      { bindings: [{ namespace: 'a', serviceAccounts: 'web' }] },
      { bindings: [] },
      'status.bindings[0].serviceAccounts',
      'a string',
      'a list',
    ],
    [{ warnings: [true, 'w'] }, { warnings: ['w'] }, 'status.warnings[0]', 'a boolean', 'a string'],
    [{ observedGeneration: '1' }, {}, 'status.observedGeneration', 'a string', 'an integer'],
  ])(
    'keeps what has the right type, and says where the rest is: %j',
    (value, status, path, found, wanted) => {
      expect(decodeStatus(value)).toEqual({ status, problems: [{ path, found, wanted }] });
    },
  );
});
