// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { fillIn } from './remedy.ts';

describe('fillIn', () => {
  it('fills in what is known, and leaves the rest for the reader', () => {
    const text = 'kubectl delete pod <pod> -n <namespace>, FILE, <service-account>';
    expect(fillIn(text, { pod: 'web-0', namespace: undefined, 'service-account': '$&' })).toBe(
      'kubectl delete pod web-0 -n <namespace>, FILE, $&',
    );
  });
});
