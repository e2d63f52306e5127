// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { redactLog } from './redact-log.ts';

const KEY = 'MHcCAQEEIKq9Cw3vd2k1';
const PEM = `-----BEGIN EC PRIVATE KEY-----\n${KEY}\n-----END EC PRIVATE KEY-----`;
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl';

describe('redactLog', () => {
  it.each([
    ['a private key', `before\n${PEM}\nafter`, 'before\n[left out]\nafter'],
    [
      'one on a line of JSON',
      JSON.stringify({ message: 'm', key: PEM }),
      '{"message":"m","key":"[left out]"}',
    ],
    ['one without its end', `before\n${PEM.slice(0, 50)}`, 'before\n[left out]'],
    ['one without its beginning', `${PEM.slice(40)}\nafter`, '[left out]\nafter'],
    [
      'one in the data of a Secret',
      `{"tls.key":"${Buffer.from(PEM).toString('base64')}"}`,
      '{"tls.key":"[left out]"}',
    ],
    ['a token', `got ${TOKEN}, and`, 'got [left out], and'],
    ['one that is cut', `got ${TOKEN.slice(0, 40)}`, 'got [left out]'],
    ['a header', 'Authorization: Bearer abcdef0123456789', 'Authorization: Bearer [left out]'],
    ['a proxy', 'http://me:hunter2@proxy:3128/', 'http://[left out]@proxy:3128/'],
    ['a password', '{"password": "hunter2", "a": 1}', '{"password": "[left out]", "a": 1}'],
    ['one in JSON in JSON', '{\\"password\\":\\"hunter2\\"}', '{\\"password\\":\\"[left out]\\"}'],
    ['a flag', '--token=hunter2 x', '--token=[left out] x'],
    ["a plug-in's input", 'a {"PluginInput":"hunter2"}\nnext', 'a {"PluginInput [left out]\nnext'],
  ])('leaves out %s', (_, text, without) => {
    expect(redactLog(text)).toBe(without);
  });

  it('leaves the rest as it is', () => {
    const text =
      '{"level":"info","time":"2026-11-25T04:00:00Z","message":"Secret gmsa-operator-webhook-cert renewed","url":"https://10.0.0.1:443/api?resourceVersion=12"}\n';
    expect(redactLog(text)).toBe(text);
  });
});
