// SPDX-License-Identifier: Apache-2.0
// What the tests of the client cannot see: they speak without TLS, and wait for nothing that long.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { exchange, type TransportResponse } from './exchange.ts';

let sockets: Socket[];
let port: number;
let onData: (socket: Socket) => void;

const server = createServer((socket) => {
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.on('data', () => {
    onData(socket);
  });
});

beforeEach(async () => {
  sockets = [];
  onData = () => undefined;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

const plain = (options: Parameters<typeof exchange>[1]): Promise<TransportResponse> =>
  exchange(() => httpRequest({ host: '127.0.0.1', port, agent: false }), options);

it('gives up on a connection whose TLS handshake is not answered', async () => {
  const tls = () => httpsRequest({ host: '127.0.0.1', port, agent: false });
  await expect(exchange(tls, { connectTimeoutMs: 200 })).rejects.toMatchObject({
    name: 'SilenceError',
    awaited: 'connection',
    code: 'ETIMEDOUT',
    message: 'no connection within 0.2 s',
  });
});

it('does not count the time that the connection took for the head, nor the other way round', async () => {
  onData = (socket) => {
    setTimeout(() => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), 300);
  };
  const answer = await plain({ connectTimeoutMs: 200, idleTimeoutMs: 10_000 });
  expect(await answer.body.text()).toBe('ok');
});

it('does not take the time of a slow reader for silence', async () => {
  onData = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nfirst');
  };
  const { body } = await plain({ idleTimeoutMs: 200 });
  const chunks = body[Symbol.asyncIterator]();
  expect(String((await chunks.next()).value)).toBe('first');
  await new Promise((resolve) => setTimeout(resolve, 400));
  sockets[0]?.end('second');
  expect(String((await chunks.next()).value)).toBe('second');
  expect(await chunks.next()).toMatchObject({ done: true });
});

it('throws the reason of an abort that comes between head and body', async () => {
  onData = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nfirst');
  };
  const abort = new AbortController();
  const { body } = await plain({ signal: abort.signal });
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(body.text()).rejects.toBe(reason);
});

it('leaves no listener on a signal that lives on', async () => {
  onData = (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const answer = await plain({ signal });
  await answer.body.text();
  while (listeners > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(listeners).toBe(0);
});
