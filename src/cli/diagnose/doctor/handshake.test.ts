// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { fromOutside } from './handshake.ts';

describe('fromOutside', () => {
  const trusted = { type: 'trusted', notAfter: '2026-11-26T04:00:00.000Z' } as const;
  const refused = (why: string) => ({ type: 'refused', why }) as const;
  const unreachable = (why: string) => ({ type: 'unreachable', why }) as const;

  it.each([
    [trusted, trusted],
    [refused('CERT_HAS_EXPIRED'), refused('CERT_HAS_EXPIRED')],
    [refused('ERR_TLS_CERT_ALTNAME_INVALID'), refused('ERR_TLS_CERT_ALTNAME_INVALID')],
    [
      refused('SELF_SIGNED_CERT_IN_CHAIN'),
      unreachable(
        'what answers there is not trusted (SELF_SIGNED_CERT_IN_CHAIN), and may be something else; nor through the API server: no',
      ),
    ],
    [unreachable('ETIMEDOUT'), unreachable('ETIMEDOUT; nor through the API server: no')],
  ])('takes %j for %j', (direct, meant) => {
    expect(fromOutside(direct, 'no')).toEqual(meant);
  });
});
