// SPDX-License-Identifier: Apache-2.0
// Node's HTTPS server with each of its bounds set.
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { HttpLimits } from './limits.ts';
import { secureContextOptions, type TlsSettings } from './certificate.ts';

/** How often Node checks the time bound of headers, which a client can exceed by as much. */
const CHECKING_INTERVAL_MS = 500;

/**
 * A server that does not listen yet.
 * @throws Error that says what is wrong with the certificate or the client CA.
 */
export function createTlsServer(limits: HttpLimits, settings: TlsSettings): Server {
  const isClientKnown = settings.clientCa !== undefined;
  const server = createServer({
    ...secureContextOptions(settings),
    // Node ends a connection whose client certificate is missing or does not verify before it reads a request.
    requestCert: isClientKnown,
    rejectUnauthorized: isClientKnown,
    // API servers speak HTTP/1.1 to Services. TLS refuses a client that offers only other protocols (RFC 7301).
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeMs,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    // request-body.ts bounds the time of a body, and answers with the reason.
    requestTimeout: 0,
    // `timeout` below bounds the silence between requests too.
    keepAliveTimeout: 0,
  });
  server.maxHeadersCount = limits.maxHeaders;
  server.timeout = limits.idleMs;
  readBeforeTimeout(server);
  return server;
}

/**
 * Node checks how long a connection has waited for its first request before it reads what has arrived. A busy server
 * would refuse (408) a request that came in time, and the API server the pod. So the server checks again after it has
 * read everything. It replaces `emit` because a listener would have to handle all other errors in Node's place.
 */
function readBeforeTimeout(server: Server): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== 'clientError') return emit(event, ...args);
    const [{ code }, socket] = args as [NodeJS.ErrnoException, TLSSocket];
    if (code !== 'ERR_HTTP_REQUEST_TIMEOUT' || socket.bytesRead > 0) return emit(event, ...args);
    setImmediate(() => {
      // The time of the headers starts with the first byte; Node checks that.
      if (socket.bytesRead > 0 || !socket.writable) return;
      socket.write(REQUEST_TIMEOUT);
      socket.destroySoon();
    });
    return true;
  };
}

/** Node's own text. */
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';
