// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseBindAddress } from './bind-address.ts';

describe('parseBindAddress', () => {
  it.each([
    [':8080', { host: undefined, port: 8080 }],
    [':0', { host: undefined, port: 0 }],
    ['0.0.0.0:8080', { host: '0.0.0.0', port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['[::1]:8081', { host: '::1', port: 8081 }],
    ['[::]:8081', { host: '::', port: 8081 }],
    ['0', 'disabled'],
  ])('reads %s', (text, address) => {
    expect(parseBindAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '8080',
    ':',
    'localhost',
    ':http',
    ':65536',
    ':-1',
    '::1:8080',
    '[::1]',
    '[localhost]:80',
    'a b:80',
    'http://localhost:80',
    ':8080 ',
  ])('refuses "%s"', (text) => {
    expect(parseBindAddress(text)).toBeUndefined();
  });
});
