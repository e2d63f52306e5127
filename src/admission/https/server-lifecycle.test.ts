// SPDX-License-Identifier: Apache-2.0
// From the first certificate to the last answer: what changes while a server runs.
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AdmissionServer } from './server.ts';
import { createTestServers, ECHO, json } from './testing/admission-server.ts';
import { createTestCertificate } from './testing/certificates.ts';
import { connectHttp1, type Http1Client, post } from './testing/http1-client.ts';
import { request } from './testing/http2-client.ts';

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

async function codeOf(client: Http1Client): Promise<number | undefined> {
  client.send(post('/mutate', '{}'));
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

/** Sends requests over HTTP/1.1 until it is told to stop, as an API server does. */
async function keepAsking(
  server: AdmissionServer,
  ca: string,
  stop: AbortSignal,
): Promise<{ readonly answered: number; readonly failed: number }> {
  let answered = 0;
  let failed = 0;
  let client: Http1Client | undefined;
  while (!stop.aborted) {
    client ??= await connectHttp1(server.port, { ca });
    client.send(post('/mutate', '{}'));
    const answer = await client.answer();
    if (answer?.code === 200) answered += 1;
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

/**
 * Node never ends a request that it was about to send when it was told to go away: resolves where this
 * has happened to one that the server, to which frames come in order, does not know of after a ping.
 */
async function notSent(
  session: ClientHttp2Session,
  goneAway: Promise<unknown>,
  isKnown: () => boolean,
): Promise<'not sent'> {
  await goneAway;
  await new Promise((resolve) => session.ping(resolve));
  return isKnown() ? new Promise(() => undefined) : 'not sent';
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
    const clients = Array.from({ length: 8 }, () => keepAsking(server, ca, stop.signal));
    const session = await servers.connect2(server, ca);
    const streams: Promise<number | undefined>[] = [];
    for (let swap = 0; swap < 30; swap += 1) {
      for (const certificate of certificates) server.setCertificate(certificate);
      streams.push(request(session, '/mutate', '{}').then(({ code }) => code));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    stop.abort();
    const results = await Promise.all(clients);
    expect(results.map(({ failed }) => failed)).toEqual(results.map(() => 0));
    expect(Math.min(...results.map(({ answered }) => answered))).toBeGreaterThan(20);
    expect(await Promise.all(streams)).toEqual(streams.map(() => 200));
  });
});

describe('draining', () => {
  it('makes each HTTP/1.1 answer the last one on its connection, and goes on serving', async () => {
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

  it('sends HTTP/2 clients away, and answers what is under way', async () => {
    const { server, arrived, decide } = await startHeld();
    const session = await servers.connect2(server);
    const wentAway = once(session, 'goaway');
    const answer = request(session, '/mutate', '{}');
    await arrived;
    server.drain();
    // Up to the highest stream there can be: nothing that is on its way is lost.
    expect(await wentAway).toEqual([0, 2 ** 31 - 1, undefined]);
    decide();
    expect(await answer).toMatchObject({ code: 200 });
  });

  it('serves a new HTTP/2 connection before it sends it away', async () => {
    const server = await servers.start();
    server.drain();
    const session = await servers.connect2(server);
    const wentAway = once(session, 'goaway');
    expect(await request(session, '/mutate', '{}')).toMatchObject({ code: 200 });
    await wentAway;
  });

  it('fails no request of clients that ask all the time', async () => {
    let started2 = 0;
    const server = await servers.start({
      handler: (path, body, signal) => {
        if (path === '/validate') started2 += 1;
        return ECHO(path, body, signal);
      },
    });
    const { cert } = await servers.certificate();
    const stop = new AbortController();
    const clients = Array.from({ length: 8 }, () => keepAsking(server, cert, stop.signal));
    const streams = (async () => {
      const codes = new Set<number | undefined>();
      let session: ClientHttp2Session | undefined;
      let goneAway: Promise<unknown> = Promise.resolve();
      while (!stop.signal.aborted) {
        if (session === undefined || session.closed || session.destroyed) {
          session = await servers.connect2(server);
          goneAway = once(session, 'goaway');
        }
        const before = started2;
        const answer = request(session, '/validate', '{}');
        const code = await Promise.race([
          answer.then((received) => received.code),
          notSent(session, goneAway, () => started2 > before),
        ]);
        codes.add(code === 'not sent' ? 200 : code);
      }
      return codes;
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.drain();
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop.abort();
    const results = await Promise.all(clients);
    expect(results.map(({ failed }) => failed)).toEqual(results.map(() => 0));
    expect(await streams).toEqual(new Set([200]));
  });
});

describe('closing', () => {
  it('ends idle connections at once, and lets work end', async () => {
    const { server, arrived, decide } = await startHeld();
    const [busy, idle] = [await servers.connect(server), await servers.connect(server)];
    const [busy2, idle2] = [await servers.connect2(server), await servers.connect2(server)];
    busy.send(post('/mutate', '{}'));
    const answer2 = request(busy2, '/mutate', '{}');
    await arrived;
    // The second one is there, too, as soon as a round trip is over.
    await new Promise((resolve) => busy2.ping(resolve));
    const closed = server.close();
    await Promise.all([idle.closed, once(idle2, 'close')]);
    await expect(servers.connect(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    decide();
    expect(await busy.answer()).toMatchObject({ code: 200, headers: { connection: 'close' } });
    expect(await answer2).toMatchObject({ code: 200 });
    await closed;
  });

  it('is over after a time of grace, whatever is under way', async () => {
    const { server, arrived } = await startHeld({ closeGraceMs: 100 });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    const session = await servers.connect2(server);
    const failing = expect(request(session, '/mutate', '{}')).rejects.toThrow();
    const signal = await arrived;
    await new Promise((resolve) => session.ping(resolve));
    await server.close();
    expect(await client.answer()).toBeUndefined();
    await failing;
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
