// SPDX-License-Identifier: Apache-2.0
// The HTTPS server of admission: HTTP/1.1, which API servers speak to Services. It withstands clients that send too
// much, too slowly or nonsense.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AdmissionHandler } from '../handler.ts';
import type { Exchange } from './answer.ts';
import { type Connection, createConnections } from './connections.ts';
import { createExchanges, type RequestObserver } from './exchange.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { secureContextOptions, type ServingCertificate, type TlsSettings } from './certificate.ts';
import { createTlsServer } from './tls-server.ts';

/** Told of what happens on the server; both are called in its midst, and must be quick and not throw. */
export interface AdmissionServerObserver extends Partial<RequestObserver> {
  /**
   * A TLS handshake failed: `reason` in OpenSSL's words, or why the client certificate is not
   * accepted; `peer` as `address:port`. Whoever can reach the
   * port can cause it as often as they like.
   */
  handshakeFailed?(peer: string, reason: string): void;
}

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: on every address, IPv6 and IPv4. */
  readonly host?: string | undefined;
  /** 0: a free one. */
  readonly port: number;
}

/** What a server is started with. */
export interface AdmissionServerOptions {
  readonly address: ListenAddress;
  readonly handler: AdmissionHandler;
  /** Undefined: none yet. */
  readonly certificate?: ServingCertificate | undefined;
  /** PEM bundle of CAs. Clients must present a certificate that one of them signed; undefined: they need none. */
  readonly clientCa?: string | undefined;
  readonly observer?: AdmissionServerObserver | undefined;
  /** What differs from `HTTP_LIMITS`. */
  readonly limits?: Partial<HttpLimits> | undefined;
}

/** A server that listens. */
export interface AdmissionServer {
  readonly port: number;
  /**
   * Serves this certificate on new connections; open ones go on as they are.
   * @throws Error that says what is wrong with the pair; the one before it stays.
   */
  setCertificate(certificate: ServingCertificate): void;
  /**
   * Holds new connections to this bundle in place of the one before it. Each open connection gets one more answer,
   * which is its last.
   * @throws Error that says what is wrong with the bundle, and the one before it stays; or that the server was started
   * without one.
   */
  setClientCa(bundle: string): void;
  /**
   * From now on every answer is the last one on its connection: clients that come again find another
   * replica. New connections are still accepted and served.
   */
  drain(): void;
  /** Drains, stops listening, and resolves when all is closed: after `closeGraceMs` at the latest. */
  close(): Promise<void>;
}

/**
 * Starts the server. Without a certificate it listens all the same and refuses every handshake by a TLS
 * alert: that the address cannot be listened on is found out at once, clients get a clear and immediate
 * no, and a Service sends none as long as the replica is not ready.
 * @throws Error that says what is wrong with the certificate, the client CA or the address.
 */
export async function startAdmissionServer({
  address,
  handler,
  certificate,
  clientCa,
  observer,
  limits: changed,
}: AdmissionServerOptions): Promise<AdmissionServer> {
  const limits = { ...HTTP_LIMITS, ...changed };
  let settings: TlsSettings = { certificate, clientCa };
  const server = createTlsServer(limits, settings);
  const connections = createConnections(limits.maxConnections);
  const exchanges = createExchanges({ handler, limits, observer });

  /** By which client CA each connection was let in. */
  const admittedBy = new WeakMap<Connection, string | undefined>();

  const change = (next: Partial<TlsSettings>): void => {
    const wanted = { ...settings, ...next };
    server.setSecureContext(secureContextOptions(wanted));
    settings = wanted;
  };
  const serve = ({ request, response }: Exchange, expectation?: 'checkContinue'): void => {
    const connection = connections.of(request.socket);
    if (connection === undefined) {
      request.destroy();
      return;
    }
    if (admittedBy.get(connection) !== settings.clientCa) response.setHeader('connection', 'close');
    void exchanges.serve({ request, response }, connection, expectation);
  };
  server.on('connection', (socket: Socket) => {
    connections.accepted(socket);
    const connection = connections.of(socket);
    if (connection !== undefined) admittedBy.set(connection, settings.clientCa);
  });
  server.on('request', (request, response) => {
    serve({ request, response });
  });
  server.on('checkContinue', (request, response) => {
    serve({ request, response }, 'checkContinue');
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const { remoteAddress, remotePort } = socket;
    observer?.handshakeFailed?.(
      `${String(remoteAddress)}:${String(remotePort)}`,
      handshakeProblem(error, socket),
    );
  });

  await once(server.listen(address), 'listening').catch((error: unknown) => {
    throw cannotListen(address, error as NodeJS.ErrnoException);
  });
  // From here on, an error concerns one connection that could not be accepted.
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: (next) => {
      change({ certificate: next });
    },
    setClientCa: (bundle) => {
      if (settings.clientCa === undefined) {
        throw new Error('the server was started without a client CA: start it with one');
      }
      change({ clientCa: bundle });
    },
    drain: () => {
      exchanges.drain();
    },
    close: () => {
      exchanges.drain();
      return new Promise((resolve) => {
        const hurry = setTimeout(() => {
          server.closeAllConnections();
        }, limits.closeGraceMs);
        server.close(() => {
          clearTimeout(hurry);
          resolve();
        });
        // Node's own `closeIdleConnections` leaves those that are yet to send a request.
        connections.closeIdle();
      });
    },
  };
}

/** A client certificate that does not verify is no error of TLS: Node closes the connection, and that is all it reports. */
function handshakeProblem({ message }: Error, { authorizationError }: TLSSocket): string {
  // Undefined or null unless a certificate was verified; the types know neither.
  const code = authorizationError as unknown;
  return typeof code === 'string' ? `the client certificate is not accepted: ${code}` : message;
}

function cannotListen({ host, port }: ListenAddress, error: NodeJS.ErrnoException): Error {
  const where = `${host?.includes(':') === true ? `[${host}]` : (host ?? '')}:${port}`;
  return new Error(`the admission server cannot listen on ${where}: ${explain(error)}`, {
    cause: error,
  });
}

function explain({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use; choose another';
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
