// SPDX-License-Identifier: Apache-2.0
// From the first certificate to the last answer: what changes while a server runs.
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AdmissionServer } from './server.ts';
import { createTestServers, json } from './testing/admission-server.ts';
import { createTestCertificate } from './testing/certificates.ts';
import { connectHttp1, type Http1Client, post } from './testing/http1-client.ts';

const servers = createTestServers();

afterEach(servers.cleanUp);

/** The common name of the certificate that is served. */
async function servedName({ port }: AdmissionServer): Promise<unknown> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

async function codeOf(client: Http1Client, path = '/mutate'): Promise<number | undefined> {
  client.send(post(path, '{}'));
  return (await client.answer())?.code;
}

/** A server whose handler waits until it is told to decide. */
async function startHeld(limits: { readonly closeGraceMs?: number } = {}) {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<AbortSignal>();
  const { promise: decided, resolve: decide } = Promise.withResolvers<undefined>();
  const server = await servers.start({
    limits,
    handler: async (path, body, signal) => {
      arrive(signal);
      await decided;
      return json({ path, length: body.length });
    },
  });
  return {
    server,
    arrived,
    decide: () => {
      decide(undefined);
    },
  };
}

/** Sends requests until it is told to stop, as an API server does. */
async function keepAsking(
  server: AdmissionServer,
  ca: string,
  stop: AbortSignal,
  onAnswer: (answered: number) => void = () => undefined,
): Promise<{ readonly answered: number; readonly failed: number }> {
  let answered = 0;
  let failed = 0;
  let client: Http1Client | undefined;
  while (!stop.aborted) {
    client ??= await connectHttp1(server.port, { ca });
    client.send(post('/mutate', '{}'));
    const answer = await client.answer();
    if (answer?.code === 200) onAnswer((answered += 1));
    else failed += 1;
    // Now and then a new connection, and where the server says so.
    const isLast = answer?.headers['connection'] === 'close';
    if (isLast || answered % 20 === 0) {
      client.close();
      client = undefined;
    }
  }
  client?.close();
  return { answered, failed };
}

describe('the certificate of a server', () => {
  it('may come later: until then handshakes are refused by an alert', async () => {
    const reasons: string[] = [];
    const server = await servers.start({
      certificate: undefined,
      observer: { handshakeFailed: (_, reason) => void reasons.push(reason) },
    });
    await expect(servers.connect(server)).rejects.toMatchObject({
      code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    });
    expect(reasons).toHaveLength(1);
    server.setCertificate(await servers.certificate());
    expect(await codeOf(await servers.connect(server))).toBe(200);
  });

  it('can be exchanged: new connections get the new one, open ones go on', async () => {
    const server = await servers.start({ certificate: await createTestCertificate('old') });
    const client = await connectHttp1(server.port, { rejectUnauthorized: false });
    expect(await codeOf(client)).toBe(200);
    server.setCertificate(await createTestCertificate('new'));
    expect(await servedName(server)).toBe('new');
    expect(await codeOf(client)).toBe(200);
    client.close();
  });

  it('stays where the next one is no pair', async () => {
    const [one, other] = [await createTestCertificate('one'), await createTestCertificate('other')];
    const server = await servers.start({ certificate: one });
    for (const [pair, problem] of [
      [{ cert: other.cert, key: one.key }, 'the private key does not belong to'],
      [{ cert: '', key: one.key }, 'the serving certificate cannot be read'],
      [{ cert: 'rubbish', key: one.key }, 'the serving certificate cannot be read'],
      [
        { cert: other.cert.slice(0, 200), key: other.key },
        'the serving certificate cannot be read',
      ],
      [{ cert: other.cert, key: '' }, 'the private key cannot be read'],
      [{ cert: other.cert, key: other.cert }, 'the private key cannot be read'],
      [{ cert: other.cert, key: other.key.slice(0, 80) }, 'the private key cannot be read'],
      [
        {
          cert: other.cert + '\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
          key: other.key,
        },
        'the serving certificate cannot be read',
      ],
    ] as const) {
      expect(() => {
        server.setCertificate(pair);
      }).toThrow(problem);
      expect(await servedName(server)).toBe('one');
    }
  });

  it('is looked at before anything listens', async () => {
    await expect(servers.start({ certificate: { cert: 'rubbish', key: '' } })).rejects.toThrow(
      'the serving certificate cannot be read: it has to be PEM, complete and not encrypted',
    );
  });

  it('is exchanged again and again under load, and no request fails', async () => {
    const certificates = await Promise.all(['a', 'b', 'c'].map(createTestCertificate));
    const ca = certificates.map(({ cert }) => cert).join('\n');
    const server = await servers.start({ certificate: certificates[0] });
    const stop = new AbortController();
    let waiting = 8;
    const clients = Array.from({ length: waiting }, () =>
      keepAsking(server, ca, stop.signal, (answered) => {
        if (answered === 21) waiting -= 1;
      }),
    );
    // Until each client has a second connection, and 30 times at least.
    for (let swap = 0; swap < 30 || waiting > 0; swap += 1) {
      for (const certificate of certificates) server.setCertificate(certificate);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    stop.abort();
    const results = await Promise.all(clients);
    expect(results.map(({ failed }) => failed)).toEqual(results.map(() => 0));
    expect(Math.min(...results.map(({ answered }) => answered))).toBeGreaterThan(20);
  });
});

describe('draining', () => {
  it('makes each answer the last one on its connection, and goes on serving', async () => {
    const server = await servers.start();
    const client = await servers.connect(server);
    expect(await codeOf(client)).toBe(200);
    server.drain();
    for (const next of [client, await servers.connect(server)]) {
      next.send(post('/mutate', '{}'));
      expect(await next.answer()).toMatchObject({ code: 200, headers: { connection: 'close' } });
      await next.closed;
    }
  });

  it('fails no request of clients that ask all the time', async () => {
    const server = await servers.start();
    const { cert } = await servers.certificate();
    const stop = new AbortController();
    const clients = Array.from({ length: 8 }, () => keepAsking(server, cert, stop.signal));
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.drain();
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop.abort();
    const results = await Promise.all(clients);
    expect(results.map(({ failed }) => failed)).toEqual(results.map(() => 0));
  });
});

describe('closing', () => {
  it('ends idle connections at once, and lets work end', async () => {
    const { server, arrived, decide } = await startHeld();
    const [busy, idle] = [await servers.connect(server), await servers.connect(server)];
    const served = await servers.connect(server);
    expect(await codeOf(served, '/nowhere')).toBe(404);
    busy.send(post('/mutate', '{}'));
    await arrived;
    const closed = server.close();
    await Promise.all([idle.closed, served.closed]);
    await expect(servers.connect(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    decide();
    expect(await busy.answer()).toMatchObject({ code: 200, headers: { connection: 'close' } });
    await closed;
  });

  it('is over after a time of grace, whatever is under way', async () => {
    const { server, arrived } = await startHeld({ closeGraceMs: 100 });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    const signal = await arrived;
    await server.close();
    expect(await client.answer()).toBeUndefined();
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.reason).toEqual(new Error('the client closed the connection'));
  });

  it('does not wait for a client that never began its handshake', async () => {
    const server = await servers.start({ limits: { closeGraceMs: 60_000 } });
    const idler = connectTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    idler.on('error', () => undefined);
    await once(idler, 'connect');
    await server.close();
  });

  it('can be asked for twice', async () => {
    const server = await servers.start();
    await Promise.all([server.close(), server.close()]);
  });
});
