// SPDX-License-Identifier: Apache-2.0
// The server of metrics: plain HTTP for everybody, or HTTPS for those who may read them.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { NOT_FOUND } from './health.ts';
import {
  type Answer,
  type HttpServer,
  listen,
  type ListenAddress,
  SERVER_OPTIONS,
} from './http.ts';

/** Whether a client may read the metrics, and if not, why. */
export type MetricsAccess =
  | 'allowed'
  | 'forbidden'
  /** There were more reviews of late than the API server shall be asked for. */
  | 'too-many-reviews'
  | 'unauthenticated'
  /** The API server did not say. */
  | 'undecided';

/** Decides by the header `Authorization` of a request. Never rejects. */
export type MetricsReaders = (authorization: string | undefined) => Promise<MetricsAccess>;

/** A server of metrics that listens. */
export interface MetricsServer extends HttpServer {
  /**
   * Serves this certificate, chain and key as PEM, on new connections. Until the first one, no TLS handshake succeeds.
   * @throws what Node throws for a pair that is none; Error where the server has no TLS.
   */
  setCertificate: (certificate: { readonly cert: string; readonly key: string }) => void;
}

/** TLS 1.0 and 1.1 are deprecated (RFC 8996). */
const MIN_VERSION = 'TLSv1.2';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Serves `/metrics`.
 * @param options.readers Undefined: by HTTP, for everybody. Otherwise by HTTPS, for whom it allows.
 * @throws Error that names the flag, where the address cannot be listened on.
 */
export async function startMetricsServer({
  address,
  render,
  readers,
}: {
  readonly address: ListenAddress;
  readonly render: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly readers?: MetricsReaders | undefined;
}): Promise<MetricsServer> {
  const tls =
    readers &&
    createTlsServer({
      ...SERVER_OPTIONS,
      minVersion: MIN_VERSION,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
  const server = await listen(
    tls ?? createServer(SERVER_OPTIONS),
    '--metrics-bind-address',
    address,
    async ({ pathname }, { authorization }) => {
      if (pathname !== '/metrics') return NOT_FOUND;
      const access = readers === undefined ? 'allowed' : await readers(authorization);
      return access === 'allowed' ? { status: 200, ...(await render()) } : REFUSALS[access];
    },
  );
  return {
    ...server,
    setCertificate: (certificate) => {
      if (tls === undefined) throw new Error('the metrics are served without TLS');
      tls.setSecureContext({ ...certificate, minVersion: MIN_VERSION });
    },
  };
}

const REFUSALS: Readonly<Record<Exclude<MetricsAccess, 'allowed'>, Answer>> = {
  unauthenticated: {
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
    body: 'send a token that the API server accepts, as "Authorization: Bearer <token>"\n',
  },
  forbidden: {
    status: 403,
    body: 'the user of this token may not read the metrics; bind it to a ClusterRole that allows the verb get on the nonResourceURL /metrics\n',
  },
  'too-many-reviews': {
    status: 429,
    headers: { 'retry-after': '1' },
    body: 'too many requests with tokens that are not known yet; try again\n',
  },
  undecided: {
    status: 503,
    headers: { 'retry-after': '1' },
    body: 'the API server did not say whether this token may read the metrics; try again\n',
  },
};
