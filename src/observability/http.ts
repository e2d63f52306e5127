// SPDX-License-Identifier: Apache-2.0
// What the small HTTP servers have in common, and that of probes. They answer GET and HEAD, and hold against clients
// that send too much or too slowly.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';
import { answerHealth, type HealthEndpoints } from './health.ts';

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: on every address, IPv6 and IPv4. */
  readonly host?: string | undefined;
  /** 0: a free one. */
  readonly port: number;
}

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Stops listening; requests under way may end, for a second at most. */
  close(): Promise<void>;
}

/** What a server answers; plain text where no content type is given. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

/** Answers a GET. What it throws becomes 500, with its message. */
export type Answerer = (url: URL, headers: IncomingHttpHeaders) => Promise<Answer>;

/** Probes and scrapes carry a token at most. */
const MAX_HEADER_BYTES = 16 * 1024;

/** Longer than kubelet and Prometheus take, short for those who hold connections on purpose. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Above Prometheus' usual scrape interval would keep a connection per scraper; not worth it. */
const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/** The bounds of a server. */
export const SERVER_OPTIONS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: REQUEST_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  connectionsCheckingInterval: 1_000,
} as const;

const MAX_CONNECTIONS = 256;

const CLOSE_GRACE_MS = 1_000;

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * Serves `/healthz` and `/readyz`.
 * @throws Error that names the flag, where the address cannot be listened on.
 */
export async function startHealthServer({
  address,
  ...endpoints
}: HealthEndpoints & { readonly address: ListenAddress }): Promise<HttpServer> {
  const server = createServer(SERVER_OPTIONS);
  return listen(server, '--health-probe-bind-address', address, ({ pathname, searchParams }) =>
    answerHealth(endpoints, pathname, searchParams),
  );
}

/**
 * Listens with a server that has {@link SERVER_OPTIONS}.
 * @throws Error that names the flag, where the address cannot be listened on.
 */
export async function listen(
  server: Server | TlsServer,
  flag: string,
  address: ListenAddress,
  answer: Answerer,
): Promise<HttpServer> {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void respond(request, response, answer);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Also those that are yet to finish their TLS handshake, which Node's own closeAllConnections leaves.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const { host, port } = address;
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    const where = `${host?.includes(':') === true ? `[${host}]` : (host ?? '')}:${port}`;
    const why = explain(error as NodeJS.ErrnoException);
    throw new Error(`${flag}: cannot listen on ${where}: ${why}`, { cause: error });
  }
  // From here on, an error concerns one connection that could not be accepted.
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const hurry = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_GRACE_MS);
      await promisify(server.close.bind(server))();
      clearTimeout(hurry);
    },
  };
}

function explain({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use; choose another, or 0 to switch this server off';
    case 'EACCES':
      return 'no permission for this port; choose one from 1024 up';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    case undefined:
    default:
      return 'the system refused it';
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answerer,
): Promise<void> {
  // Whatever body there is, nobody reads it.
  request.resume();
  const { status, contentType, headers, body } = await answerTo(request, answer);
  response.writeHead(status, {
    'content-type': contentType ?? PLAIN_TEXT,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache, private',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(
  { method, url, headers }: IncomingMessage,
  answer: Answerer,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') {
    return {
      status: 405,
      headers: { allow: 'GET, HEAD', connection: 'close' },
      body: 'only GET and HEAD are served here\n',
    };
  }
  const parsed = URL.parse(url ?? '/', 'http://localhost');
  if (parsed === null) return { status: 400, body: 'this is not a path\n' };
  try {
    return await answer(parsed, headers);
  } catch (error) {
    return { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
  }
}
