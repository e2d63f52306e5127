// SPDX-License-Identifier: Apache-2.0
// Whether the API server could call the webhooks: a real TLS handshake with each endpoint that it would
// call, by the name and the CA bundle that the webhook configurations give it.
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import {
  certificateExpired,
  certificateNotYetValid,
  certificateOfAnotherName,
  certificateUntrusted,
  noReplica,
  noReplicaAnswers,
  type WebhookProblem,
} from './webhook-problems.ts';

/** Where a webhook is served, and by which name the API server knows it. */
export interface WebhookEndpoint {
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must hold. */
  readonly serverName: string;
  /** Who serves there, where the Service's endpoints say it. */
  readonly pod?: { readonly namespace: string; readonly name: string };
}

/** What came of a handshake. */
type Handshake =
  | { readonly type: 'fine' }
  | { readonly type: 'refused'; readonly problem: WebhookProblem }
  /** No server there, or none that speaks TLS in time. */
  | { readonly type: 'unreachable'; readonly why: string };

/** A handshake on a cluster's network takes milliseconds. */
const TIMEOUT_MS = 3_000;

/** More replicas than anybody runs; the rest are as these. */
const MAX_ENDPOINTS = 10;

/** What OpenSSL and Node call a certificate that none of the trusted CAs has signed. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

/**
 * Shakes hands with the endpoints; `undefined` where all is well. One that cannot be reached is a problem
 * only if none can: the API server leaves such ones out soon.
 */
export async function probeEndpoints(
  endpoints: readonly WebhookEndpoint[],
  caBundle: string,
  timeoutMs = TIMEOUT_MS,
): Promise<WebhookProblem | undefined> {
  const handshakes = await Promise.all(
    endpoints.slice(0, MAX_ENDPOINTS).map((endpoint) => handshake(endpoint, caBundle, timeoutMs)),
  );
  const refused = handshakes.find((result) => result.type === 'refused');
  if (refused !== undefined) return refused.problem;
  if (handshakes.some(({ type }) => type === 'fine')) return undefined;
  const [unreachable] = handshakes.filter((result) => result.type === 'unreachable');
  return unreachable === undefined ? noReplica() : noReplicaAnswers(unreachable.why);
}

function handshake(
  { host, port, serverName }: WebhookEndpoint,
  ca: string,
  timeoutMs: number,
): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ca,
      // SNI takes names, not addresses (RFC 6066); Node verifies an address all the same.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
    const settle = (result: Handshake): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      settle({ type: 'unreachable', why: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    socket.once('secureConnect', () => {
      settle({ type: 'fine' });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      settle(resultOf(error, serverName));
    });
  });
}

function resultOf({ code, message }: NodeJS.ErrnoException, serverName: string): Handshake {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return { type: 'refused', problem: certificateExpired() };
    case 'CERT_NOT_YET_VALID':
      return { type: 'refused', problem: certificateNotYetValid() };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { type: 'refused', problem: certificateOfAnotherName(serverName) };
    case undefined:
    default:
      return code !== undefined && UNTRUSTED.has(code)
        ? { type: 'refused', problem: certificateUntrusted() }
        : { type: 'unreachable', why: code ?? message };
  }
}
