// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 client that sends exactly the bytes that it is given, for tests of the server.
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** An answer as it came. */
export interface Http1Answer {
  readonly code: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection. */
export interface Http1Client {
  readonly socket: TLSSocket;
  send(bytes: string | Uint8Array): void;
  /** The next answer; undefined where the connection was closed before one. */
  answer(): Promise<Http1Answer | undefined>;
  /** Resolves when the connection is closed, by whom ever. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Connects to 127.0.0.1. Rejects where the handshake fails. */
export async function connectHttp1(port: number, options: ConnectionOptions): Promise<Http1Client> {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  socket.setNoDelay(true);
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('closed in the handshake'));
    });
  });
  // How it ends is told by the answers that come, or do not.
  socket.on('error', () => undefined);
  const answers: Http1Answer[] = [];
  const waiting: ((answer: Http1Answer | undefined) => void)[] = [];
  let unread: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    for (;;) {
      const parsed = parseAnswer(unread);
      if (parsed === undefined) return;
      unread = unread.subarray(parsed.bytes);
      const next = waiting.shift();
      if (next === undefined) answers.push(parsed.answer);
      else next(parsed.answer);
    }
  });
  socket.on('close', () => {
    for (const next of waiting.splice(0)) next(undefined);
  });
  return {
    socket,
    closed,
    send: (bytes) => {
      socket.write(bytes);
    },
    answer: () => {
      const ready = answers.shift();
      if (ready !== undefined || socket.destroyed) return Promise.resolve(ready);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => {
      socket.destroy();
    },
  };
}

/** The text of a POST with the headers that an API server sends, and these besides or instead. */
export function post(
  path: string,
  body: string,
  headers: Readonly<Record<string, string | undefined>> = {},
): string {
  const all: Readonly<Record<string, string | undefined>> = {
    Host: 'gmsa-operator.gmsa-operator-system.svc:443',
    'User-Agent': 'kube-apiserver-admission',
    'Content-Length': String(Buffer.byteLength(body)),
    Accept: 'application/json, */*',
    'Content-Type': 'application/json',
    'Accept-Encoding': 'gzip',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function parseAnswer(
  bytes: Buffer,
): { readonly answer: Http1Answer; readonly bytes: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [status = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = end + 4;
  const length = Number(headers['content-length'] ?? 0);
  if (bytes.length < start + length) return undefined;
  return {
    answer: {
      code: Number(status.split(' ')[1]),
      headers,
      body: bytes.toString('utf8', start, start + length),
    },
    bytes: start + length,
  };
}
