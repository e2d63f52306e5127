// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../src/flags/arguments.ts';
import { type Admission, admissionFlags } from './operator-process.ts';

/** What the program understands by the flags. */
function understood(admission: Admission) {
  const parsed = parseArguments(['run', ...admissionFlags(admission)], {}, { version: '0.0.0' });
  if ('exitCode' in parsed) throw new Error(parsed.stderr);
  return parsed.options.admission;
}

describe('admissionFlags', () => {
  it('switch admission off', () => {
    expect(understood('off')).toBeUndefined();
  });

  it.each(['192.0.2.7', '2001:db8::7'])('put it behind the usual Service on %s', (address) => {
    expect(understood({ type: 'service', address, port: 20001 })).toMatchObject({
      webhookBindAddress: { host: address, port: 20001 },
      target: { type: 'service', name: 'gmsa-operator-webhook' },
    });
  });

  it('have it called by its address on loopback', () => {
    expect(understood({ type: 'url', port: 20001 })).toMatchObject({
      webhookBindAddress: { host: '127.0.0.1', port: 20001 },
      target: { type: 'url', base: 'https://127.0.0.1:20001' },
    });
  });
});
