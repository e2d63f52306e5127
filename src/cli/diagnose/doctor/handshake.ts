// SPDX-License-Identifier: Apache-2.0
// TLS handshakes with the replicas, as the API server would make them, from wherever this runs: through the
// API server where a pod is known, for the network of the pods is often out of reach, and that is no fault.
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import type { WebhookEndpoint } from '../../../controller/webhooks/endpoint-probe.ts';
import { ApiError } from '../../../kube/client/api-error.ts';
import { forwardPort } from '../../../kube/pods/port-forward.ts';
import { shownMessage } from '../shown-message.ts';

/** What came of one. */
export type HandshakeResult = {
  readonly endpoint: string;
  /** Name of the pod, where it is known. */
  readonly pod?: string;
  /** `api-server`: through a port that it forwards. */
  readonly through: 'api-server' | 'network';
} & Outcome;

type Outcome =
  | { readonly type: 'trusted'; readonly notAfter: string }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'unreachable'; readonly why: string };

/** Those who are reached at all are reached in milliseconds. */
const TIMEOUT_MS = 2_000;

/** Two more parties have to answer. */
const FORWARD_TIMEOUT_MS = 5_000;

/** Errors of the network, and not of a certificate or of TLS (EPROTO). */
const UNREACHABLE = /^E(?!PROTO|RR_)[A-Z]+$/;

/** What a stranger's answer looks like; what else is refused was signed by a CA that is trusted. */
const OF_ANYBODY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EPROTO',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Shakes hands with one endpoint. Never throws. */
export async function shakeHands(
  kubeConfig: KubeConfig,
  endpoint: WebhookEndpoint,
  ca: string,
): Promise<HandshakeResult> {
  const { host, port, pod } = endpoint;
  const told = {
    endpoint: `${host}:${port}`,
    ...(pod === undefined ? {} : { pod: pod.name }),
  };
  const forwarded =
    pod === undefined ? undefined : await throughApiServer(kubeConfig, endpoint, pod, ca);
  if (forwarded !== undefined && forwarded.type !== 'unreachable') {
    return { ...told, through: 'api-server', ...forwarded };
  }
  const direct = await handshake(endpoint, ca);
  return {
    ...told,
    through: 'network',
    ...(forwarded === undefined ? direct : fromOutside(direct, forwarded.why)),
  };
}

/**
 * What a handshake by a pod's address means, which need not lead to the pod: elsewhere, the address may be
 * somebody else's, or a proxy answer for it. A certificate of a CA that is not trusted is then no proof.
 */
export function fromOutside(direct: Outcome, whyNotForwarded: string): Outcome {
  if (direct.type === 'trusted') return direct;
  if (direct.type === 'refused' && !OF_ANYBODY.has(direct.why)) return direct;
  const why =
    direct.type === 'refused'
      ? `what answers there is not trusted (${direct.why}), and may be something else`
      : direct.why;
  return { type: 'unreachable', why: `${why}; nor through the API server: ${whyNotForwarded}` };
}

async function throughApiServer(
  kubeConfig: KubeConfig,
  endpoint: WebhookEndpoint,
  { namespace, name: pod }: NonNullable<WebhookEndpoint['pod']>,
  ca: string,
): Promise<Outcome> {
  try {
    const to = { namespace, pod, port: endpoint.port, timeoutMs: FORWARD_TIMEOUT_MS };
    return await handshake(endpoint, ca, await forwardPort(kubeConfig, to));
  } catch (error) {
    return { type: 'unreachable', why: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) {
    return error.code === 403
      ? 'you may not forward ports'
      : shownMessage(error.status.message ?? `status ${error.code}`);
  }
  return shownMessage(error instanceof Error ? error.message : String(error));
}

/** Over a stream that is there, or a connection of its own. */
function handshake(
  { host, port, serverName }: WebhookEndpoint,
  ca: string,
  stream?: Duplex,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({
      ...(stream === undefined ? { host, port } : { socket: stream }),
      ca,
      // An address is no name to ask for (RFC 6066), and is verified all the same.
      ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
      minVersion: 'TLSv1.2',
    });
    const timeoutMs = stream === undefined ? TIMEOUT_MS : FORWARD_TIMEOUT_MS;
    const settle = (result: Outcome): void => {
      clearTimeout(timer);
      socket.destroy();
      stream?.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      settle({ type: 'unreachable', why: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    // Before TLS has its say: that nobody listens there is no matter of certificates.
    stream?.on('error', (error: Error) => {
      settle({ type: 'unreachable', why: shownMessage(error.message) });
    });
    socket.once('secureConnect', () => {
      const notAfter = new Date(socket.getPeerCertificate().valid_to).toISOString();
      settle({ type: 'trusted', notAfter });
    });
    socket.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
      settle(
        UNREACHABLE.test(code)
          ? { type: 'unreachable', why: code }
          : { type: 'refused', why: code === '' ? message : code },
      );
    });
  });
}
