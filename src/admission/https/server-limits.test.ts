// SPDX-License-Identifier: Apache-2.0
// The bounds of the server, against clients that do not keep to them.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AdmissionAnswer, AdmissionHandler } from '../handler.ts';
import type { HttpLimits } from './limits.ts';
import type { AdmissionServer } from './server.ts';
import { createTestServers, ECHO, json } from './testing/admission-server.ts';
import { type Http1Client, post } from './testing/http1-client.ts';

const servers = createTestServers();

afterEach(servers.cleanUp);

async function startWith(
  limits: Partial<HttpLimits>,
  handler: AdmissionHandler = ECHO,
): Promise<AdmissionServer> {
  return servers.start({ limits, handler });
}

/** A server whose handler decides when it is told to. */
async function startHeld(limits: Partial<HttpLimits>) {
  const held: (() => void)[] = [];
  const { promise: arrived, resolve } = Promise.withResolvers<undefined>();
  const server = await startWith(
    limits,
    (path, body) =>
      new Promise((decide) => {
        held.push(() => {
          decide(json({ path, length: body.length }));
        });
        if (held.length === (limits.maxInFlight ?? 1)) resolve(undefined);
      }),
  );
  return {
    server,
    /** `maxInFlight` requests are in work. */
    arrived,
    held,
    decide: () => {
      for (const go of held.splice(0)) go();
    },
  };
}

/** Nothing else happens in this process for so long. */
function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Sends a byte now and then, until the connection is closed. */
function drip(socket: Pick<Socket, 'write' | 'once' | 'destroyed'>, bytes: string | Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(Buffer.from(bytes).subarray(at, (at += 1)));
  }, 20);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

async function isServed(server: AdmissionServer): Promise<boolean> {
  const client = await servers.connect(server);
  client.send(post('/mutate', '{}'));
  return (await client.answer())?.code === 200;
}

const LARGE = 2_000_000;

describe('the size of a body', () => {
  it('is bound by what a client announces, before any of it is sent', async () => {
    const client = await servers.connect(await startWith({ maxBodyBytes: 1_000, lingerMs: 50 }));
    client.send(post('/mutate', '', { 'Content-Length': '1001' }));
    expect(await client.answer()).toMatchObject({
      code: 413,
      headers: { connection: 'close' },
      body: 'the body is larger than 1000 bytes\n',
    });
    await client.closed;
  });

  it.each([
    ['at once', post('/mutate', 'x'.repeat(LARGE))],
    [
      'in chunks',
      post('/mutate', `${LARGE.toString(16)}\r\n${'x'.repeat(LARGE)}\r\n0\r\n\r\n`, {
        'Content-Length': undefined,
        'Transfer-Encoding': 'chunked',
      }),
    ],
  ])('is told to a client that sends it all %s', async (_, text) => {
    const client = await servers.connect(await startWith({ maxBodyBytes: 100_000 }));
    client.send(text);
    expect(await client.answer()).toMatchObject({ code: 413, headers: { connection: 'close' } });
    await client.closed;
  });

  it('ends a connection on which the rest never comes', async () => {
    const client = await servers.connect(await startWith({ maxBodyBytes: 100, lingerMs: 50 }));
    client.send(post('/mutate', 'x'.repeat(500), { 'Content-Length': '9000' }));
    expect(await client.answer()).toMatchObject({ code: 413 });
    await client.closed;
  });
});

describe('the structure of a body', () => {
  it('is bound before anything is parsed', async () => {
    const client = await servers.connect(await startWith({ maxJsonValues: 1_000 }));
    client.send(post('/mutate', `{"object":[${'{},'.repeat(1_000)}{}]}`));
    expect(await client.answer()).toMatchObject({
      code: 413,
      headers: { connection: 'keep-alive' },
      body: 'the body holds more than 1000 JSON values\n',
    });
    client.send(post('/mutate', `{"object":${'['.repeat(200)}${']'.repeat(200)}}`));
    expect(await client.answer()).toMatchObject({
      code: 413,
      body: 'the body nests more than 100 levels of lists and objects\n',
    });
  });
});

describe('the memory of all bodies', () => {
  it('is not had by the one that takes most of it', async () => {
    const server = await startWith({ maxBufferedBytes: 100_000 });
    const greedy = await servers.connect(server);
    greedy.send(post('/mutate', 'x'.repeat(90_000), { 'Content-Length': '95000' }));
    const modest = await servers.connect(server);
    modest.send(post('/mutate', 'x'.repeat(40_000)));
    expect(await modest.answer()).toMatchObject({ code: 200 });
    expect(await greedy.answer()).toMatchObject({ code: 503, headers: { 'retry-after': '1' } });
    expect(await isServed(server)).toBe(true);
  });

  it('is given back with each answer', async () => {
    const client = await servers.connect(await startWith({ maxBufferedBytes: 50_000 }));
    for (let i = 0; i < 20; i += 1) {
      client.send(post('/mutate', 'x'.repeat(40_000)));
      expect(await client.answer()).toMatchObject({ code: 200 });
    }
  });
});

describe('the time of a request', () => {
  it.each([
    ['nothing', ''],
    ['half of its headers', 'POST /mutate HTTP/1.1\r\nHost: x\r\n'],
  ])('ends for a client that sends %s', async (_, bytes) => {
    const client = await servers.connect(await startWith({ headersMs: 100 }));
    if (bytes !== '') client.send(bytes);
    expect((await client.answer())?.code).toBe(408);
    await client.closed;
  });

  it('is not over for a first request that came in time to a server that was busy', async () => {
    const client = await servers.connect(await startWith({ headersMs: 100 }));
    // The server has its side of the handshake behind it.
    await once(client.socket, 'session');
    // Afterwards comes what is due, and only then what has arrived.
    await nextTurn();
    client.send(post('/mutate', '{}'));
    keepBusy(1_000);
    expect((await client.answer())?.code).toBe(200);
  });

  it('ends for a client that sends headers byte by byte', async () => {
    const client = await servers.connect(await startWith({ headersMs: 300 }));
    drip(client.socket, post('/mutate', '{}'));
    expect((await client.answer())?.code).toBe(408);
  });

  it('ends for a second request, too', async () => {
    const client = await servers.connect(await startWith({ headersMs: 300 }));
    client.send(post('/mutate', '{}'));
    expect((await client.answer())?.code).toBe(200);
    drip(client.socket, post('/mutate', '{}'));
    expect((await client.answer())?.code).toBe(408);
  });

  it('ends for a client that sends its body byte by byte', async () => {
    const client = await servers.connect(await startWith({ bodyMs: 300, lingerMs: 50 }));
    client.send(post('/mutate', '', { 'Content-Length': '9000' }));
    drip(client.socket, 'x'.repeat(9_000));
    expect(await client.answer()).toMatchObject({ code: 408, headers: { connection: 'close' } });
    await client.closed;
  });

  it.each([
    ['says nothing', Buffer.alloc(0)],
    // The head of a ClientHello of 512 bytes, and its first bytes.
    ['greets byte by byte', Buffer.from(`1603010200010001fc0303${'00'.repeat(300)}`, 'hex')],
  ])('ends for a client that %s in the handshake', async (_, bytes) => {
    const failures: string[] = [];
    const server = await servers.start({
      limits: { handshakeMs: 300 },
      observer: { handshakeFailed: (__, reason) => void failures.push(reason) },
    });
    const socket = connectTcp(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    drip(socket, bytes);
    // `once` would fail where the connection is reset, for there are bytes that nobody reads.
    await new Promise((resolve) => socket.once('close', resolve));
    expect(failures).toEqual(['TLS handshake timeout']);
  });

  it('ends for a connection on which nothing happens', async () => {
    const server = await startWith({ idleMs: 200 });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}'));
    await client.answer();
    await client.closed;
  });
});

describe('the time of a decision', () => {
  it('ends a little before the caller gives up', async () => {
    const signals: unknown[] = [];
    const server = await startWith({}, async (_, __, signal): Promise<AdmissionAnswer> => {
      await once(signal, 'abort');
      signals.push(signal.reason);
      return json({ allowed: false });
    });
    const client = await servers.connect(server);
    const startMs = performance.now();
    client.send(post('/validate?timeout=500ms', '{}'));
    // The answer is the handler's own: it knows better what to say.
    expect(await client.answer()).toMatchObject({ code: 200, body: '{"allowed":false}' });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(440);
    expect(signals).toEqual([new Error('there is no time left until the caller gives up')]);
  });

  it('ends for a handler that takes no notice', async () => {
    const server = await startWith({ maxInFlight: 1 }, (path, body, signal) =>
      path === '/validate' ? new Promise(() => undefined) : ECHO(path, body, signal),
    );
    const client = await servers.connect(server);
    client.send(post('/validate?timeout=100ms', '{}'));
    expect(await client.answer()).toMatchObject({ code: 503 });
    // Its place is free again.
    expect(await isServed(server)).toBe(true);
  });
});

describe('work in flight', () => {
  async function send(server: AdmissionServer, path: string): Promise<Http1Client> {
    const client = await servers.connect(server);
    client.send(post(path, '{}'));
    return client;
  }

  it('is bound: some wait, one more is refused at once', async () => {
    const { server, arrived, held, decide } = await startHeld({ maxInFlight: 2, maxWaiting: 2 });
    const clients = [await send(server, '/mutate'), await send(server, '/mutate')];
    await arrived;
    const [third, fourth] = [await send(server, '/mutate'), await send(server, '/mutate')];
    expect(await (await send(server, '/mutate')).answer()).toMatchObject({
      code: 503,
      headers: { 'retry-after': '1' },
    });
    expect(held).toHaveLength(2);
    decide();
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.map((answer) => answer?.code)).toEqual([200, 200]);
    decide();
    expect([(await third.answer())?.code, (await fourth.answer())?.code]).toEqual([200, 200]);
  });

  it('is not waited for longer than the caller waits', async () => {
    const { server, arrived, decide } = await startHeld({ maxInFlight: 1 });
    const first = await send(server, '/mutate');
    await arrived;
    const second = await send(server, '/mutate?timeout=200ms');
    expect(await second.answer()).toMatchObject({
      code: 503,
      headers: { 'retry-after': '1', connection: 'keep-alive' },
    });
    decide();
    expect(await first.answer()).toMatchObject({ code: 200 });
  });

  it('is not waited for by clients that went away', async () => {
    const { server, arrived, held, decide } = await startHeld({ maxInFlight: 1, maxWaiting: 1 });
    const first = await send(server, '/mutate');
    await arrived;
    for (let i = 0; i < 5; i += 1) {
      const impatient = await send(server, '/mutate');
      impatient.socket.end();
      await impatient.closed;
    }
    decide();
    expect(await first.answer()).toMatchObject({ code: 200 });
    expect(held).toHaveLength(0);
  });

  it('takes its place until it is done, also where the client went away', async () => {
    const { server, arrived, held, decide } = await startHeld({ maxInFlight: 1, maxWaiting: 5 });
    const first = await send(server, '/mutate');
    await arrived;
    first.close();
    const second = await send(server, '/mutate');
    expect(held).toHaveLength(1);
    decide();
    while (held.length === 0) await new Promise(setImmediate);
    decide();
    expect(await second.answer()).toMatchObject({ code: 200 });
  });

  it('is one request at a time on a connection', async () => {
    const { server, arrived, held, decide } = await startHeld({ maxInFlight: 1 });
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}') + post('/mutate', '{}') + post('/mutate', '{}'));
    await arrived;
    expect(held).toHaveLength(1);
    decide();
    expect(await client.answer()).toMatchObject({ code: 200 });
    expect(await client.answer()).toMatchObject({ code: 400, headers: { connection: 'close' } });
    await client.closed;
  });
});

describe('connections', () => {
  it('beyond the bound cost the one that is idle longest', async () => {
    const server = await startWith({ maxConnections: 6 });
    const [first, second, third] = [
      await servers.connect(server),
      await servers.connect(server),
      await servers.connect(server),
    ];
    first.send(post('/mutate', '{}'));
    await first.answer();
    expect(await isServed(server)).toBe(true);
    await second.closed;
    for (const open of [first, third]) {
      open.send(post('/mutate', '{}'));
      expect(await open.answer()).toMatchObject({ code: 200 });
    }
  });

  it('with a request under way are kept, and no more are taken', async () => {
    const { server, arrived, decide } = await startHeld({ maxConnections: 4, maxInFlight: 2 });
    const clients = [await servers.connect(server), await servers.connect(server)];
    for (const client of clients) client.send(post('/mutate', '{}'));
    await arrived;
    await expect(servers.connect(server)).rejects.toThrow();
    decide();
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.map((answer) => answer?.code)).toEqual([200, 200]);
    // Now one of them is idle.
    await servers.connect(server);
  });

  it('that were only opened keep nobody out', async () => {
    const server = await startWith({ maxConnections: 10 });
    const idlers = Array.from({ length: 50 }, () => connectTcp(server.port, '127.0.0.1'));
    for (const idler of idlers) idler.on('error', () => undefined);
    expect(await isServed(server)).toBe(true);
    for (const idler of idlers) idler.destroy();
  });
});

describe('headers', () => {
  it('are bound in size', async () => {
    const client = await servers.connect(await startWith({ maxHeaderBytes: 2_000 }));
    client.send(post('/mutate', '{}', { 'X-Large': 'x'.repeat(3_000) }));
    expect((await client.answer())?.code).toBe(431);
    await client.closed;
  });

  it('are bound in number', async () => {
    const server = await startWith({ maxHeaders: 10 });
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`X-${i}`, 'x']));
    const client = await servers.connect(server);
    client.send(post('/mutate', '{}', many));
    expect((await client.answer())?.code).toBe(431);
  });
});
