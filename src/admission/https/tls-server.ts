// SPDX-License-Identifier: Apache-2.0
// Node's server for both versions of HTTP, with each of its bounds set.
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { HttpLimits } from './limits.ts';
import { secureContextOptions, type ServingCertificate } from './certificate.ts';

/** How often bounds of time on headers are looked after; they may be overrun by as much. */
const CHECKING_INTERVAL_MS = 500;

/**
 * Of what a client offers (RFC 7301). API servers that are told a URL offer both, and take less time for a review
 * over HTTP/1.1, as we do. Who offers neither is refused; who offers nothing speaks HTTP/1.1.
 */
const PREFERRED = ['http/1.1', 'h2'];

/** Frames out of order, and streams beyond the bound, before an HTTP/2 connection is closed. */
const MAX_PROTOCOL_ERRORS = 32;

/** Megabytes that an HTTP/2 connection may keep of headers and of answers that are not read. */
const MAX_SESSION_MEMORY_MB = 4;

/** Streams that a client may open and reset at once, and a second: clients give up on few requests. */
const STREAM_RESET_BURST = 128;
const STREAM_RESET_RATE = 16;

/**
 * A server that does not listen yet.
 * @throws Error that says what is wrong with the certificate.
 */
export function createTlsServer(
  limits: HttpLimits,
  certificate: ServingCertificate | undefined,
): Http2SecureServer {
  const server = createSecureServer({
    ...secureContextOptions(certificate),
    allowHTTP1: true,
    ALPNCallback: ({ protocols }) => PREFERRED.find((protocol) => protocols.includes(protocol)),
    handshakeTimeout: limits.handshakeMs,
    maxHeaderListPairs: limits.maxHeaders,
    maxSessionInvalidFrames: MAX_PROTOCOL_ERRORS,
    maxSessionRejectedStreams: MAX_PROTOCOL_ERRORS,
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    streamResetBurst: STREAM_RESET_BURST,
    streamResetRate: STREAM_RESET_RATE,
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.maxStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
  });
  // The HTTP/1.1 side reads its bounds from the same properties as `http.Server`; which of them the
  // options of this server can set differs between versions of Node.
  Object.assign(server, {
    maxHeaderSize: limits.maxHeaderBytes,
    maxHeadersCount: limits.maxHeaders,
    headersTimeout: limits.headersMs,
    // Bodies are timed for both versions of HTTP where they are read. 0: not here.
    requestTimeout: 0,
    // Silence is, by `timeout`; this one would set a timer with each answer.
    keepAliveTimeout: 0,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    timeout: limits.idleMs,
  });
  readBeforeTimeout(server);
  return server;
}

/**
 * Node looks at how long a connection has been waiting for its first request before it reads what has arrived: a server
 * that was busy would refuse (408) a request that came in time, and an API server that pod. So there is another look
 * when all has been read. By `emit`, for a listener cannot leave all other errors to Node.
 */
function readBeforeTimeout(server: Http2SecureServer): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== 'clientError') return emit(event, ...args);
    const [{ code }, socket] = args as [NodeJS.ErrnoException, TLSSocket];
    if (code !== 'ERR_HTTP_REQUEST_TIMEOUT' || socket.bytesRead > 0) return emit(event, ...args);
    setImmediate(() => {
      // With the first byte begins the time of the headers; Node watches that.
      if (socket.bytesRead > 0 || !socket.writable) return;
      socket.write(REQUEST_TIMEOUT);
      socket.destroySoon();
    });
    return true;
  };
}

/** As Node says it. */
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';
