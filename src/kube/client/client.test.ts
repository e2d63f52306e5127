// SPDX-License-Identifier: Apache-2.0
// The client and its transport against an HTTP server that answers as each test wants it.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from './api-error.ts';
import { createKubeClient, type KubeClient, type RequestObserver } from './client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let handler: Handler;
let received: IncomingMessage[];
let connections: number;
let observed: string[];
let directory: string;
let kubeConfig: KubeConfig;
let client: KubeClient;
let port: number;

const server = createServer((request, response) => {
  received.push(request);
  handler(request, response);
});
server.on('connection', (socket) => {
  connections++;
  socket.on('close', () => connections--);
});

const observe: RequestObserver = ({ code, method }) => observed.push(`${method} ${code}`);

function configure(user: object = { token: 'first token' }, path = ''): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: `http://127.0.0.1:${port}${path}`, skipTLSVerify: true }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}

function answer(code: number, body: unknown, headers: Record<string, string> = {}): void {
  handler = (_, response) => {
    response.writeHead(code, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

async function bodyOf(request: IncomingMessage | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${String(isTrue)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const get = (path = '/things', signal?: AbortSignal) =>
  client.request({ method: 'GET', path, signal });

beforeEach(async () => {
  received = [];
  observed = [];
  connections = 0;
  directory = await mkdtemp(join(tmpdir(), 'kube-client-test-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  kubeConfig = configure();
  client = await createKubeClient(kubeConfig, { userAgent: 'a-test/1', observe });
  answer(200, {});
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

describe('a request', () => {
  it('says who we are and what we want', async () => {
    await get();
    expect(received[0]).toMatchObject({
      method: 'GET',
      url: '/things',
      headers: {
        authorization: 'Bearer first token',
        accept: 'application/json',
        'user-agent': 'a-test/1',
      },
    });
    expect(received[0]?.headers).not.toHaveProperty('content-type');
  });

  it('carries its body as JSON, under the content type that it names', async () => {
    const bodies: Promise<string>[] = [];
    handler = (request, response) => {
      bodies.push(bodyOf(request));
      response.end('{}');
    };
    await client.request({
      method: 'PATCH',
      path: '/things/a',
      body: { name: 'grün' },
      contentType: 'application/apply-patch+yaml',
    });
    await client.request({ method: 'POST', path: '/things', body: [1] });
    expect(await Promise.all(bodies)).toEqual(['{"name":"grün"}', '[1]']);
    expect(received.map(({ headers }) => headers['content-type'])).toEqual([
      'application/apply-patch+yaml',
      'application/json',
    ]);
  });

  it('encodes its query, and leaves out what is undefined', async () => {
    await client.request({
      method: 'GET',
      path: '/things',
      query: { labelSelector: 'a=b,c/d in (e)', continue: undefined, limit: '5' },
    });
    const url = new URL(received[0]?.url ?? '', 'http://x');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      labelSelector: 'a=b,c/d in (e)',
      limit: '5',
    });
  });

  it('goes below the path of a server that has one', async () => {
    const behind = await createKubeClient(configure({}, '/k8s/clusters/c-1/'), { userAgent: 'x' });
    await behind.request({ method: 'GET', path: '/api/v1/nodes' });
    behind.close();
    expect(received[0]?.url).toBe('/k8s/clusters/c-1/api/v1/nodes');
  });

  it('yields what the server answered, and undefined for nothing', async () => {
    answer(200, { kind: 'Thing', name: 'grün' });
    await expect(get()).resolves.toEqual({ kind: 'Thing', name: 'grün' });
    answer(200, '');
    await expect(get()).resolves.toBeUndefined();
  });

  it('throws what the server says against it', async () => {
    const status = { kind: 'Status', reason: 'Conflict', message: 'it was modified' };
    answer(409, status);
    const error = await get().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'GET /things: 409 it was modified',
      code: 409,
      status,
    });
  });

  it.each([
    ['text', 'upstream connect error\n', 'upstream connect error'],
    ['nothing', '', ''],
    ['JSON that is no object', '"oops"', '"oops"'],
    ['a page', `<html>${'x'.repeat(10_000)}`, `<html>${'x'.repeat(294)}`],
  ])('makes do with %s where a proxy answers', async (_, body, message) => {
    answer(502, body);
    await expect(get()).rejects.toMatchObject({ code: 502, status: { message } });
  });

  it('says whose answer it was where that is no JSON', async () => {
    answer(200, '<html>Please log in</html>');
    await expect(get()).rejects.toThrow(/GET \/things.*JSON/);
    await expect(get()).rejects.toBeInstanceOf(SyntaxError);
  });

  it.each([
    ['a number of seconds', '7', {}, 7],
    ['a date, which the API server never sends', 'Fri, 31 Dec 1999 23:59:59 GMT', {}, undefined],
    ['only its body', undefined, { details: { retryAfterSeconds: 3 } }, 3],
    ['nothing', undefined, {}, undefined],
  ])('knows when to come again from %s', async (_, header, body, seconds) => {
    answer(429, body, header === undefined ? {} : { 'retry-after': header });
    const error = await get().catch((thrown: unknown) => thrown);
    expect((error as ApiError).retryAfterSeconds).toBe(seconds);
  });

  it('is counted once, with the answer’s code or for want of one', async () => {
    await get();
    answer(404, {});
    await get().catch(() => undefined);
    handler = (request) => request.socket.destroy();
    await get().catch(() => undefined);
    expect(observed).toEqual(['GET 200', 'GET 404', 'GET <error>']);
  });

  it('is not sent a second time on its own, for it may have done its work', async () => {
    handler = (request) => request.socket.destroy();
    await expect(client.request({ method: 'POST', path: '/x', body: {} })).rejects.toThrow();
    expect(received).toHaveLength(1);
  });

  it.each<[string, Handler]>([
    ['does not answer', () => undefined],
    [
      'stops in the middle of its answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":');
      },
    ],
  ])('gives up on a server that %s', async (_, silent) => {
    handler = silent;
    const request = client.request({ method: 'GET', path: '/things', idleTimeoutMs: 500 });
    await expect(request).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringMatching(
        /^no (answer|further part of the answer) within 0.5 s$/,
      ) as unknown,
    });
  });

  it.each<[string, Handler]>([
    ['before the answer', () => undefined],
    ['in the middle of it', (_, response) => void response.write('{"half":')],
  ])('ends as soon as it is aborted, %s', async (_, silent) => {
    handler = silent;
    const abort = new AbortController();
    const request = get('/things', abort.signal).catch((thrown: unknown) => thrown);
    await until(() => received.length === 1);
    abort.abort();
    expect(await request).toMatchObject({ name: 'AbortError' });
    await until(() => connections === 0);
  });

  it('is not sent where it was aborted before', async () => {
    await expect(get('/things', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(received).toEqual([]);
  });
});

describe('credentials', () => {
  it('are those of the kubeconfig’s user', async () => {
    const basic = await createKubeClient(configure({ username: 'ann', password: 'secret' }), {
      userAgent: 'x',
    });
    await basic.request({ method: 'GET', path: '/x' });
    basic.close();
    expect(received[0]?.headers.authorization).toBe(`Basic ${btoa('ann:secret')}`);
  });

  it('are read anew when the server refuses them', async () => {
    await get();
    Object.assign(kubeConfig.getCurrentUser() ?? {}, { token: 'second token' });
    answer(401, {});
    await expect(get()).rejects.toMatchObject({ code: 401 });
    answer(200, {});
    await get();
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first token',
      'Bearer first token',
      'Bearer second token',
    ]);
  });

  it('that rotate take no connection with them unless it was made with them', async () => {
    await get();
    Object.assign(kubeConfig.getCurrentUser() ?? {}, { token: 'second token' });
    answer(401, {});
    await get().catch(() => undefined);
    answer(200, {});
    await get();
    await get();
    expect(received.map(({ socket }) => socket.destroyed)).not.toContain(true);
  });

  it('that rotate while requests are under way leave no connection behind', async () => {
    const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
    await Promise.all([writeFile(certFile, 'one'), writeFile(keyFile, 'one')]);
    const rotating = await createKubeClient(configure({ certFile, keyFile }), { userAgent: 'x' });
    answer(401, {});
    await rotating.request({ method: 'GET', path: '/a' }).catch(() => undefined);
    await writeFile(certFile, 'two');
    answer(200, {});
    const paths = ['/b', '/c', '/d'];
    await Promise.all(paths.map((path) => rotating.request({ method: 'GET', path })));
    rotating.close();
    await until(() => connections === 0);
    expect(received).toHaveLength(4);
  });

  it('of no cluster are refused with what to do', async () => {
    await expect(createKubeClient(new KubeConfig(), { userAgent: 'x' })).rejects.toThrow(
      'names no current cluster: set its current-context',
    );
  });
});

describe('a proxy', () => {
  const behindProxy = (proxyUrl: string) => {
    const config = configure();
    Object.assign(config.getCurrentCluster() ?? {}, { proxyUrl });
    return createKubeClient(config, { userAgent: 'x' });
  };

  it('that the kubeconfig names is gone through, and its connection kept', async () => {
    const tunnels: string[] = [];
    const sockets: Duplex[] = [];
    const proxy = createServer().on('connect', ({ url = '', headers }, socket) => {
      tunnels.push(`${url} ${headers['proxy-authorization'] ?? ''}`);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const onward = connect(port, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      sockets.push(socket, onward);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      const { port: proxyPort } = proxy.address() as AddressInfo;
      const proxied = await behindProxy(`http://ann:secret@127.0.0.1:${proxyPort}`);
      await proxied.request({ method: 'GET', path: '/a' });
      await proxied.request({ method: 'GET', path: '/b' });
      proxied.close();
      expect(received.map(({ url }) => url)).toEqual(['/a', '/b']);
      expect(tunnels).toEqual([`127.0.0.1:${port} Basic ${btoa('ann:secret')}`]);
    } finally {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    }
  });

  it.each([407, 502])(
    'that answers %d counts as an API server that is not reached',
    async (code) => {
      const proxy = createServer().on('connect', (_, socket) => {
        socket.end(`HTTP/1.1 ${code} No\r\n\r\n`);
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const { port: proxyPort } = proxy.address() as AddressInfo;
      const proxied = await behindProxy(`http://ann:secret@127.0.0.1:${proxyPort}`);
      await expect(proxied.request({ method: 'GET', path: '/a' })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
        message: `the proxy 127.0.0.1:${proxyPort} gives no connection: Bad response: ${code}`,
      });
      proxied.close();
      proxy.close();
    },
  );

  it('that says nothing is not waited for once the request is aborted', async () => {
    const sockets: Duplex[] = [];
    const proxy = createServer().on('connect', (_, socket) => sockets.push(socket));
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const proxied = await behindProxy(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const abort = new AbortController();
    const request = proxied
      .request({ method: 'GET', path: '/a', signal: abort.signal })
      .catch((thrown: unknown) => thrown);
    await until(() => sockets.length === 1);
    abort.abort();
    expect(await request).toMatchObject({ name: 'AbortError' });
    for (const socket of sockets) socket.destroy();
    proxied.close();
    proxy.close();
  });

  it('cannot be had with an IPv6 address, which is told', async () => {
    await expect(behindProxy('http://[::1]:3128')).rejects.toThrow(
      'the kubeconfig has a proxy-url and the IPv6 address of http://[::1]:3128: with a proxy, use names of hosts',
    );
  });

  it('of another kind is refused with what to do', async () => {
    await expect(behindProxy('socks5://127.0.0.1:1080')).rejects.toThrow(
      'proxy-url "socks5://127.0.0.1:1080" is no HTTP proxy, and nothing else is supported: use one that begins with http:// or https://',
    );
  });
});

describe('a watch', () => {
  const watch = (options: Partial<Parameters<KubeClient['watch']>[0]> = {}) =>
    client.watch({
      path: '/things',
      query: { watch: 'true' },
      signal: new AbortController().signal,
      idleTimeoutMs: 60_000,
      ...options,
    });

  async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
    let text = '';
    for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
    return text;
  }

  it('brings what the server sends as it sends it, and tells when it is accepted', async () => {
    const { promise: more, resolve: sendMore } = Promise.withResolvers<undefined>();
    handler = (_, response) => {
      response.flushHeaders();
      void more.then(() => response.end('second'));
    };
    let opened = 0;
    const chunks = watch({ onOpen: () => opened++ })[Symbol.asyncIterator]();
    const first = chunks.next();
    await until(() => opened === 1);
    sendMore(undefined);
    expect(new TextDecoder().decode((await first).value as Uint8Array)).toBe('second');
    expect(await chunks.next()).toMatchObject({ done: true });
    expect(opened).toBe(1);
  });

  it('throws what the server says against it, and was not opened then', async () => {
    answer(410, { message: 'too old' });
    let opened = 0;
    await expect(read(watch({ onOpen: () => opened++ }))).rejects.toThrow(
      'watch /things: 410 too old',
    );
    expect(opened).toBe(0);
  });

  it('fails where the server breaks off', async () => {
    handler = (_, response) => {
      response.write('first', () => response.destroy());
    };
    await expect(read(watch())).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });

  it('fails where nothing comes for too long', async () => {
    handler = (_, response) => void response.write('first');
    await expect(read(watch({ idleTimeoutMs: 500 }))).rejects.toMatchObject({
      name: 'SilenceError',
      awaited: 'body',
    });
  });

  it('goes on for longer than its time limit where something comes now and then', async () => {
    handler = (_, response) => {
      let left = 8;
      const timer = setInterval(() => {
        response.write('.');
        if (--left > 0) return;
        clearInterval(timer);
        response.end();
      }, 250);
    };
    expect(await read(watch({ idleTimeoutMs: 1_500 }))).toBe('........');
  });

  it.each<[string, (chunks: AsyncIterable<Uint8Array>, abort: AbortController) => Promise<void>]>([
    [
      'who aborts it',
      async (chunks, abort) => {
        const reading = read(chunks).catch((thrown: unknown) => thrown);
        await until(() => received.length === 1);
        abort.abort();
        expect(await reading).toMatchObject({ name: 'AbortError' });
      },
    ],
    [
      'who reads no further',
      async (chunks) => {
        for await (const chunk of chunks) if (chunk.length > 0) break;
      },
    ],
  ])('lets the connection of %s go', async (_, end) => {
    handler = (_, response) => void response.write('first');
    const abort = new AbortController();
    await end(watch({ signal: abort.signal }), abort);
    await until(() => connections === 0);
    expect(received).toHaveLength(1);
  });

  it('holds nothing else up', async () => {
    handler = (request, response) => {
      response.write('{}');
      if (request.url?.includes('watch') !== true) response.end();
    };
    const abort = new AbortController();
    const watches = Array.from({ length: 20 }, () =>
      read(watch({ signal: abort.signal })).catch(() => undefined),
    );
    await until(() => received.length === 20);
    await expect(get()).resolves.toEqual({});
    abort.abort();
    await Promise.all(watches);
  });
});

it('a client that is closed keeps no connection', async () => {
  await Promise.all([get('/a'), get('/b')]);
  client.close();
  await until(() => connections === 0);
  await expect(get()).rejects.toThrow();
});
