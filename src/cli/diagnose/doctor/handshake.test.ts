// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { issueCertificateAuthority, issueServingCertificate } from '../../../pki/issue.ts';
import { fromOutside, shakeHands } from './handshake.ts';

describe('shakeHands', () => {
  it('trusts a replica that asks for a client certificate, which it has none of', async () => {
    const issued = { validityMs: 3_600_000, now: new Date() };
    const authority = await issueCertificateAuthority(issued);
    const { certificate, privateKey } = await issueServingCertificate({
      ...{ ...issued, authority, dnsNames: ['webhook.gmsa.svc'], ipAddresses: [] },
    });
    const server = createServer({
      ...{ cert: certificate, key: privateKey, ca: authority.certificate },
      ...{ requestCert: true, rejectUnauthorized: true },
    });
    server.on('tlsClientError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const endpoint = { host: '127.0.0.1', port, serverName: 'webhook.gmsa.svc' };
    expect(await shakeHands(new KubeConfig(), endpoint, authority.certificate)).toMatchObject({
      type: 'trusted',
    });
    server.close();
  });
});

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
