// SPDX-License-Identifier: Apache-2.0
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { nonLoopbackAddress } from './non-loopback-address.ts';

function on(address: string): NetworkInterfaceInfo {
  const isIPv6 = address.includes(':');
  const common = { address, netmask: '', mac: '', cidr: null };
  const internal = address === '::1' || address.startsWith('127.');
  return isIPv6
    ? { ...common, internal, family: 'IPv6', scopeid: 0 }
    : { ...common, internal, family: 'IPv4' };
}

const LOOPBACK = [on('127.0.0.1'), on('::1')];

describe('nonLoopbackAddress', () => {
  it.each([
    ['the only one', [on('192.0.2.7')], '192.0.2.7'],
    ['IPv4 before IPv6', [on('2001:db8::7'), on('192.0.2.7')], '192.0.2.7'],
    ['IPv6 where there is no IPv4', [on('2001:db8::7')], '2001:db8::7'],
    ['none that is link-local', [on('169.254.1.1'), on('fe80::1'), on('fd00::7')], 'fd00::7'],
  ])('takes %s', (_what, addresses, expected) => {
    expect(nonLoopbackAddress({ lo: LOOPBACK, eth0: addresses })).toBe(expected);
  });

  it.each([
    ['127.0.0.1, ::1', { lo: LOOPBACK }],
    ['127.0.0.1, ::1, fe80::1', { lo: LOOPBACK, eth0: [on('fe80::1')] }],
    ['none at all', { eth0: undefined }],
  ])('says what there is where none will do: %s', (have, interfaces) => {
    expect(() => nonLoopbackAddress(interfaces)).toThrow(
      `this machine has no address for the endpoints of a Service, only ${have}: `,
    );
  });
});
