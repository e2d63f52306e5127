// SPDX-License-Identifier: Apache-2.0
// What the server answers, over real TLS on loopback.
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AdmissionHandler } from '../handler.ts';
import { CLIENT_CLOSED_REQUEST } from './exchange.ts';
import { startAdmissionServer } from './server.ts';
import { createTestServers, ECHO, json } from './testing/admission-server.ts';
import { type Http1Answer, post } from './testing/http1-client.ts';

const servers = createTestServers();

afterEach(servers.cleanUp);

/** The answer to one request with exactly these bytes. */
async function answerTo(bytes: string | Buffer): Promise<Http1Answer | undefined> {
  const client = await servers.connect(await servers.start());
  client.send(bytes);
  return client.answer();
}

describe('startAdmissionServer', () => {
  it('answers with what the handler decides, under headers that keep it where it belongs', async () => {
    const answer = await answerTo(post('/mutate?timeout=5s', '{"a":1}'));
    expect(answer).toMatchObject({
      code: 200,
      headers: {
        'content-type': 'application/json',
        'content-length': '29',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        connection: 'keep-alive',
      },
      body: '{"path":"/mutate","length":7}',
    });
  });

  it('hands on the code and type of an answer that is no review', async () => {
    const handler: AdmissionHandler = () =>
      Promise.resolve({ code: 400, contentType: 'text/plain; charset=utf-8', body: 'näh\n' });
    const client = await servers.connect(await servers.start({ handler }));
    client.send(post('/validate', '{}'));
    expect(await client.answer()).toMatchObject({
      code: 400,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '5' },
      body: 'näh\n',
    });
  });

  it('answers any number of requests on one connection', async () => {
    const client = await servers.connect(await servers.start());
    for (const path of ['/mutate', '/validate', '/validate-credentialspec', '/mutate']) {
      client.send(post(path, '{}'));
      expect(await client.answer()).toMatchObject({
        code: 200,
        body: expect.stringContaining(path),
      });
    }
  });

  it.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'],
    ['in one piece', 'Content-Length: 7\r\n\r\n{"a":1}'],
  ])('reads a body that comes %s', async (_, rest) => {
    const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    expect(await answerTo(head + rest)).toMatchObject({
      code: 200,
      body: '{"path":"/mutate","length":7}',
    });
  });

  it('reads a body that comes in many packets', async () => {
    const client = await servers.connect(await servers.start());
    const text = post('/mutate', JSON.stringify({ pad: 'ä'.repeat(50_000) }));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 1_337) client.send(bytes.subarray(at, at + 1_337));
    expect((await client.answer())?.body).toBe('{"path":"/mutate","length":50010}');
  });

  it.each([
    ['an unknown path', post('/metrics', '{}'), 404],
    ['another method', 'GET /mutate HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['a PUT', post('/mutate', '{}').replace('POST', 'PUT'), 405],
    ['another content type', post('/mutate', '{}', { 'Content-Type': 'text/yaml' }), 415],
    ['no content type', post('/mutate', '{}', { 'Content-Type': undefined }), 415],
    ['an encoded body', post('/mutate', '{}', { 'Content-Encoding': 'gzip' }), 415],
    ['an empty body', post('/mutate', ''), 400],
    ['no body', post('/mutate', '', { 'Content-Length': undefined }), 400],
    [
      'an empty body in chunks',
      post('/mutate', '', { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' }) +
        '0\r\n\r\n',
      400,
    ],
    ['no Host', 'POST /mutate HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}', 400],
    ['another expectation', post('/mutate', '{}', { Expect: 'a miracle' }), 417],
    ['something that is not HTTP', 'hello?\r\n\r\n', 400],
    ['two lengths', post('/mutate', '{}', { 'content-length': '3' }), 400],
    ['a length and chunks', post('/mutate', '{}', { 'Transfer-Encoding': 'chunked' }), 400],
    ['a length that is no number', post('/mutate', '{}', { 'Content-Length': '0x2' }), 400],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await answerTo(bytes)).toMatchObject({ code });
  });

  it('says which method it does', async () => {
    expect(await answerTo('GET /validate HTTP/1.1\r\nHost: x\r\n\r\n')).toMatchObject({
      headers: { allow: 'POST' },
      body: 'only POST is served here\n',
    });
  });

  it('answers HEAD without a body', async () => {
    const client = await servers.connect(await servers.start());
    const received: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => received.push(chunk));
    client.send('HEAD /mutate HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.closed;
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 405 [^]*\r\n\r\n$/);
  });

  it('refuses a body that is not UTF-8, and reads the next', async () => {
    const client = await servers.connect(await servers.start());
    client.send(post('/mutate', '..').slice(0, -2));
    client.send(Buffer.of(0xc3, 0x28));
    expect(await client.answer()).toMatchObject({ code: 400 });
    client.send(post('/mutate', '{}'));
    expect(await client.answer()).toMatchObject({ code: 200 });
  });

  it('gives leave to send a body, where it is asked for', async () => {
    const client = await servers.connect(await servers.start());
    const text = post('/mutate', '{"a":1}', { Expect: '100-continue' });
    client.send(text.slice(0, -7));
    expect(await client.answer()).toMatchObject({ code: 100 });
    client.send('{"a":1}');
    expect(await client.answer()).toMatchObject({ code: 200 });
  });

  it('gives no leave to send a body that it will not read', async () => {
    const client = await servers.connect(await servers.start());
    client.send(post('/nowhere', '', { Expect: '100-continue', 'Content-Length': '7' }));
    expect(await client.answer()).toMatchObject({ code: 404 });
  });

  it('answers 500 where the handler fails, and goes on', async () => {
    const handler: AdmissionHandler = (path, body, signal) => {
      if (path === '/mutate') throw new Error('a fault');
      return path === '/validate' ? Promise.reject(new Error('a fault')) : ECHO(path, body, signal);
    };
    const client = await servers.connect(await servers.start({ handler }));
    for (const [path, code] of [
      ['/mutate', 500],
      ['/validate', 500],
      ['/validate-credentialspec', 200],
    ] as const) {
      client.send(post(path, '{}'));
      expect(await client.answer()).toMatchObject({ code });
    }
  });
});

describe('startAdmissionServer and TLS', () => {
  it('speaks TLS 1.2 and 1.3', async () => {
    const server = await servers.start();
    const { cert } = await servers.certificate();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connectTls({
        port: server.port,
        host: '127.0.0.1',
        ca: cert,
        minVersion: version,
        maxVersion: version,
      });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
  });

  it.each([
    { offered: ['h2', 'http/1.1'], agreed: 'http/1.1' },
    { offered: ['http/1.1'], agreed: 'http/1.1' },
    { offered: undefined, agreed: false },
  ])('agrees on $agreed with a client that offers $offered', async ({ offered, agreed }) => {
    const { port } = await servers.start();
    const { cert: ca } = await servers.certificate();
    const options = offered === undefined ? {} : { ALPNProtocols: offered };
    const socket = connectTls({ host: '127.0.0.1', port, ca, ...options });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe(agreed);
    socket.destroy();
  });

  it.each(['h2', 'spdy/3'])('refuses a client that offers only %s', async (offered) => {
    const { port } = await servers.start();
    const { cert: ca } = await servers.certificate();
    const socket = connectTls({ host: '127.0.0.1', port, ca, ALPNProtocols: [offered] });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/no application protocol/i);
  });

  it('refuses TLS 1.1, and tells of it', async () => {
    const failures: string[] = [];
    const server = await servers.start({
      observer: { handshakeFailed: (peer, reason) => void failures.push(`${peer} ${reason}`) },
    });
    const socket = connectTls({
      port: server.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      socket.once('error', resolve),
    );
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(failures).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ .*unsupported protocol/)]);
  });

  it('is not put off by what is not TLS', async () => {
    const failures: string[] = [];
    const server = await servers.start({
      observer: { handshakeFailed: (_, reason) => void failures.push(reason) },
    });
    const socket = connectTcp(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.resume();
    socket.end('GET / HTTP/1.1\r\n\r\n');
    await closed;
    expect(failures).toHaveLength(1);
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    expect(await client.answer()).toMatchObject({ code: 200 });
  });
});

describe('startAdmissionServer and its observer', () => {
  it('tells of requests for its paths, from their head to their answer', async () => {
    const seen: string[] = [];
    const server = await servers.start({
      handler: (path, body, signal) => {
        seen.push('handled');
        return ECHO(path, body, signal);
      },
      observer: {
        requestStarted: (path) => {
          seen.push(`${path} started`);
          return (code) => void seen.push(`${path} ${code}`);
        },
      },
    });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    await client.answer();
    client.send(post('/validate', '{}', { 'Content-Type': 'x' }));
    await client.answer();
    const other = await servers.connect(server);
    other.send(post('/elsewhere', '{}'));
    await other.answer();
    expect(seen).toEqual([
      '/mutate started',
      'handled',
      '/mutate 200',
      '/validate started',
      '/validate 415',
    ]);
  });

  it('tells of clients that went away, and ends what was done for them', async () => {
    const codes: number[] = [];
    const { promise: working, resolve: work } = Promise.withResolvers<AbortSignal>();
    const server = await servers.start({
      handler: async (_, __, signal) => {
        work(signal);
        await once(signal, 'abort');
        return json({});
      },
      observer: { requestStarted: () => (code) => void codes.push(code) },
    });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    const signal = await working;
    client.close();
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.reason).toEqual(new Error('the client closed the connection'));
    await nextTurn();
    expect(codes).toEqual([CLIENT_CLOSED_REQUEST]);
  });
});

describe('startAdmissionServer and its address', () => {
  it('says what to do where the port is taken', async () => {
    const { port } = await servers.start();
    await expect(
      startAdmissionServer({ address: { host: '127.0.0.1', port }, handler: ECHO }),
    ).rejects.toThrow(
      `the admission server cannot listen on 127.0.0.1:${port}: the address is in use; choose another`,
    );
  });

  it('listens on every address where no host is given', async () => {
    const client = await servers.connect(await servers.start({ address: { port: 0 } }));
    client.send(post('/mutate', '{}'));
    expect(await client.answer()).toMatchObject({ code: 200 });
  });
});
