// SPDX-License-Identifier: Apache-2.0
// The server without and with TLS. Whom the API server knows is decided in src/operator/metrics-access.ts.
import { once } from 'node:events';
import { get as getByTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect as connectByTcp } from 'node:net';
import { connect } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createTestCertificate } from '../admission/https/testing/certificates.ts';
import { type MetricsAccess, type MetricsServer, startMetricsServer } from './metrics-server.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const render = () => Promise.resolve({ contentType: 'text/x', body: 'm 1\n' });
const servers: MetricsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function started(options: Partial<Parameters<typeof startMetricsServer>[0]> = {}) {
  const server = await startMetricsServer({ address: LOOPBACK, render, ...options });
  servers.push(server);
  return server;
}

describe('without readers', () => {
  const urlOf = ({ port }: MetricsServer): string => `http://127.0.0.1:${port}`;

  async function get(url: string): Promise<readonly [number, string]> {
    const response = await fetch(url);
    return [response.status, await response.text()];
  }

  it('serves what is rendered, under its content type', async () => {
    const response = await fetch(`${urlOf(await started())}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/x');
    expect(await response.text()).toBe('m 1\n');
  });

  it('serves nothing else', async () => {
    expect(await get(`${urlOf(await started())}/`)).toEqual([404, '404 page not found\n']);
  });

  it('answers 500 when rendering fails, and goes on', async () => {
    let fail = true;
    const server = await started({
      render: () => (fail ? Promise.reject(new Error('no metrics')) : render()),
    });
    expect(await get(`${urlOf(server)}/metrics`)).toEqual([500, 'no metrics\n']);
    fail = false;
    expect(await get(`${urlOf(server)}/metrics`)).toEqual([200, 'm 1\n']);
  });

  it('names the flag when the port is in use', async () => {
    const { port } = await started();
    await expect(started({ address: { host: '127.0.0.1', port } })).rejects.toThrow(
      '--metrics-bind-address: cannot listen on 127.0.0.1:',
    );
  });

  it('takes no certificate', async () => {
    const server = await started();
    expect(() => {
      server.setCertificate({ cert: '', key: '' });
    }).toThrow('without TLS');
  });
});

describe('with readers', () => {
  type Certificate = Awaited<ReturnType<typeof createTestCertificate>>;

  async function serving(
    certificate: Certificate,
    access: MetricsAccess = 'allowed',
  ): Promise<MetricsServer> {
    const server = await started({ readers: () => Promise.resolve(access) });
    server.setCertificate(certificate);
    return server;
  }

  async function get({ port }: MetricsServer, { cert: ca }: Certificate, path = '/metrics') {
    const request = getByTls({
      ...{ host: '127.0.0.1', port, path, ca, agent: false },
      headers: { authorization: 'Bearer abc' },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  it('serves those who may read them, by HTTPS with the certificate of now', async () => {
    const [first, second] = [
      await createTestCertificate('first'),
      await createTestCertificate('second'),
    ];
    const server = await serving(first);
    expect(await get(server, first)).toMatchObject({ status: 200, body: 'm 1\n' });
    server.setCertificate(second);
    expect(await get(server, second)).toMatchObject({ status: 200, body: 'm 1\n' });
    await expect(get(server, first)).rejects.toThrow('certificate');
  });

  it('passes on what the client sends as its authorization, and asks for nothing of other paths', async () => {
    const certificate = await createTestCertificate('metrics');
    const seen: unknown[] = [];
    const server = await started({
      readers: (authorization) => {
        seen.push(authorization);
        return Promise.resolve('allowed');
      },
    });
    server.setCertificate(certificate);
    expect(await get(server, certificate, '/')).toMatchObject({ status: 404 });
    expect(seen).toEqual([]);
    await get(server, certificate);
    expect(seen).toEqual(['Bearer abc']);
  });

  it.each<readonly [MetricsAccess, number, object, string]>([
    ['unauthenticated', 401, { 'www-authenticate': 'Bearer' }, 'Authorization: Bearer <token>'],
    ['forbidden', 403, {}, 'the verb get on the nonResourceURL /metrics'],
    ['too-many-reviews', 429, { 'retry-after': '1' }, 'try again'],
    ['undecided', 503, { 'retry-after': '1' }, 'try again'],
  ])(
    'renders nothing for whom is %s, and says what to do',
    async (access, status, headers, words) => {
      const certificate = await createTestCertificate('metrics');
      const answer = await get(await serving(certificate, access), certificate);
      expect(answer).toMatchObject({ status, headers });
      expect(answer.body).toContain(words);
      expect(answer.body).not.toContain('m 1');
    },
  );

  it('has no handshake without a certificate, and none of TLS 1.1', async () => {
    const certificate = await createTestCertificate('metrics');
    const server = await started({ readers: () => Promise.resolve('allowed') });
    await expect(get(server, certificate)).rejects.toThrow();
    server.setCertificate(certificate);
    const { port } = server;
    const old = connect({ host: '127.0.0.1', port, maxVersion: 'TLSv1.1', ca: certificate.cert });
    await expect(once(old, 'secureConnect')).rejects.toThrow();
    expect(await get(server, certificate)).toMatchObject({ status: 200 });
  });

  it('closes while a client holds a connection open without a handshake', async () => {
    const readers = (): Promise<MetricsAccess> => Promise.resolve('allowed');
    const server = await startMetricsServer({ address: LOOPBACK, render, readers });
    const socket = connectByTcp(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    const startMs = performance.now();
    await server.close();
    // The bound of the handshake is 10 s.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await closed;
  });

  it('keeps the certificate before one that cannot be served', async () => {
    const certificate = await createTestCertificate('metrics');
    const server = await serving(certificate);
    expect(() => {
      server.setCertificate({ cert: 'none', key: 'none' });
    }).toThrow();
    expect(await get(server, certificate)).toMatchObject({ status: 200 });
  });
});
