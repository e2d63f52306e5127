// SPDX-License-Identifier: Apache-2.0
// TLS handshakes with the replicas, as the API server would make them, from wherever this runs: the
// network of the pods is often out of reach, and that is no fault.
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { WebhookEndpoint } from '../../../controller/admission/endpoint-probe.ts';

/** What came of one. */
export type HandshakeResult = { readonly endpoint: string } & (
  | { readonly type: 'trusted'; readonly notAfter: string }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'unreachable'; readonly why: string }
);

/** Those who are reached at all are reached in milliseconds. */
const TIMEOUT_MS = 2_000;

/** Errors of the network, and not of a certificate or of TLS (EPROTO). */
const UNREACHABLE = /^E(?!PROTO|RR_)[A-Z]+$/;

/** Shakes hands with one endpoint. Never throws. */
export function shakeHands(
  { host, port, serverName }: WebhookEndpoint,
  ca: string,
): Promise<HandshakeResult> {
  const endpoint = `${host}:${port}`;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ca,
      // An address is no name to ask for (RFC 6066), and is verified all the same.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      minVersion: 'TLSv1.2',
    });
    const settle = (result: HandshakeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      settle({ endpoint, type: 'unreachable', why: `no answer within ${TIMEOUT_MS / 1000} s` });
    }, TIMEOUT_MS);
    socket.once('secureConnect', () => {
      const notAfter = new Date(socket.getPeerCertificate().valid_to).toISOString();
      settle({ endpoint, type: 'trusted', notAfter });
    });
    socket.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
      settle(
        UNREACHABLE.test(code)
          ? { endpoint, type: 'unreachable', why: code }
          : { endpoint, type: 'refused', why: code === '' ? message : code },
      );
    });
  });
}
