// SPDX-License-Identifier: Apache-2.0
// Real handshakes on loopback.
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueCertificateAuthority, issueServingCertificate } from '../../pki/issue.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import { probeEndpoints } from './endpoint-probe.ts';

const NAME = 'webhook.gmsa.svc';
const HOUR = 3_600_000;

describe('a look at the endpoints', () => {
  const servers: Server[] = [];
  let authority: KeyPair;
  let other: KeyPair;

  beforeAll(async () => {
    const now = new Date();
    authority = await issueCertificateAuthority({ validityMs: HOUR, now });
    other = await issueCertificateAuthority({ validityMs: HOUR, now });
  });

  afterAll(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  });

  async function listen(server: Server) {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { host: '127.0.0.1', port, serverName: NAME };
  }

  async function serving(
    options: { readonly dnsName?: string; readonly validityMs?: number; readonly now?: Date } = {},
  ) {
    const { certificate, privateKey } = await issueServingCertificate({
      authority,
      dnsNames: [options.dnsName ?? NAME],
      ipAddresses: [],
      validityMs: options.validityMs ?? HOUR,
      now: options.now ?? new Date(),
    });
    return listen(createServer({ cert: certificate, key: privateKey }));
  }

  const bundle = (...authorities: readonly KeyPair[]) =>
    authorities.map(({ certificate }) => certificate).join('');

  it('is content with a certificate of the bundle, whichever CA of it signed', async () => {
    const endpoint = await serving();
    expect(await probeEndpoints([endpoint], bundle(authority))).toBeUndefined();
    expect(await probeEndpoints([endpoint], bundle(other, authority))).toBeUndefined();
  });

  it('is content with a replica that asks for a client certificate, which it has none of', async () => {
    const { certificate, privateKey } = await issueServingCertificate({
      authority,
      dnsNames: [NAME],
      ipAddresses: [],
      validityMs: HOUR,
      now: new Date(),
    });
    const server = createServer({
      ...{ cert: certificate, key: privateKey, ca: authority.certificate },
      ...{ requestCert: true, rejectUnauthorized: true },
    });
    server.on('tlsClientError', () => undefined);
    const endpoint = await listen(server);
    expect(await probeEndpoints([endpoint], bundle(authority))).toBeUndefined();
    expect(await probeEndpoints([endpoint], bundle(other))).toMatchObject({
      reason: 'CABundleMismatch',
    });
  });

  it('tells of a CA that is not in the bundle', async () => {
    const endpoint = await serving();
    expect(await probeEndpoints([endpoint], bundle(other))).toMatchObject({
      reason: 'CABundleMismatch',
    });
  });

  it('tells of a certificate for another name', async () => {
    const endpoint = await serving({ dnsName: 'elsewhere.gmsa.svc' });
    expect(await probeEndpoints([endpoint], bundle(authority))).toEqual({
      reason: 'CertificateInvalid',
      message: "The webhooks' certificate does not name webhook.gmsa.svc.",
    });
  });

  it('tells of a certificate that has expired', async () => {
    const now = new Date(Date.now() - 20_000);
    const endpoint = await serving({ now, validityMs: 10_000 });
    expect(await probeEndpoints([endpoint], bundle(authority))).toEqual({
      reason: 'CertificateInvalid',
      message: "The webhooks' certificate has expired.",
    });
  });

  it('tells when there is nobody, and not when there is somebody else', async () => {
    const gone = await serving();
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    expect(await probeEndpoints([], bundle(authority))).toMatchObject({
      message: expect.stringContaining('no ready endpoint') as unknown,
    });
    expect(await probeEndpoints([gone], bundle(authority))).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
    expect(await probeEndpoints([gone, await serving()], bundle(authority))).toBeUndefined();
  });

  it('does not wait for one who says nothing', async () => {
    const silent = await listen(createTcpServer((socket) => socket.resume()));
    expect(await probeEndpoints([silent], bundle(authority), 50)).toMatchObject({
      message: expect.stringContaining('no answer within 0.05 s') as unknown,
    });
  });
});
