// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseDuration } from './duration.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('parseDuration', () => {
  // The cases of Go's own test of time.ParseDuration.
  it.each([
    ['0', 0],
    ['5s', 5 * SECOND],
    ['30s', 30 * SECOND],
    ['1478s', 1478 * SECOND],
    ['-5s', -5 * SECOND],
    ['+5s', 5 * SECOND],
    ['-0', 0],
    ['+0', 0],
    ['5.0s', 5 * SECOND],
    ['5.6s', 5.6 * SECOND],
    ['5.s', 5 * SECOND],
    ['.5s', 0.5 * SECOND],
    ['1.0s', SECOND],
    ['1.00s', SECOND],
    ['1.004s', 1.004 * SECOND],
    ['1.0040s', 1.004 * SECOND],
    ['100.00100s', 100.001 * SECOND],
    ['10ns', 1e-5],
    ['11us', 0.011],
    ['12µs', 0.012],
    ['12μs', 0.012],
    ['13ms', 13],
    ['14s', 14 * SECOND],
    ['15m', 15 * MINUTE],
    ['16h', 16 * HOUR],
    ['3h30m', 3 * HOUR + 30 * MINUTE],
    ['10.5s4m', 4 * MINUTE + 10.5 * SECOND],
    ['-2m3.4s', -(2 * MINUTE + 3.4 * SECOND)],
    ['1h2m3s4ms5us6ns', HOUR + 2 * MINUTE + 3 * SECOND + 4 + 5e-3 + 6e-6],
    ['39h9m14.425s', 39 * HOUR + 9 * MINUTE + 14.425 * SECOND],
    ['0.3333333333333333333h', 20 * MINUTE],
    ['2160h', 90 * 24 * HOUR],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 6);
  });

  it.each([
    '',
    '3',
    '-',
    's',
    '.',
    '-.',
    '.s',
    '+.s',
    '1d',
    '15 s',
    ' 15s',
    '15s ',
    '1h30',
    '15S',
    '--5s',
    '1e3s',
    '0x5s',
    'Infinitys',
    '3000000h',
    '9223372036854775808ns9223372036854775808ns',
  ])('refuses "%s", as Go does', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
