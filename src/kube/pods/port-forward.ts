// SPDX-License-Identifier: Apache-2.0
// A connection to a port of a pod, as `kubectl port-forward` makes it: through the API server, which speaks
// to the kubelet. WebSocket with the kubelet's subprotocol v4.channel.k8s.io: the first byte of each message
// is the channel, 0 for data and 1 for errors, and each begins with the two bytes of the port.
import { Duplex } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { connectToPod } from './pod-socket.ts';

/** Which port of which pod. */
export interface PortForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  /** Milliseconds until the API server has to have accepted it. */
  readonly timeoutMs: number;
}

const DATA = 0;
const ERROR = 1;

/** What a channel begins with. */
const PORT_BYTES = 2;

/**
 * Opens one; for little traffic, for what arrives is kept until it is read. It is destroyed with an Error
 * where nobody listens on the port, in the words of the kubelet.
 * @throws ApiError where the API server refuses: 403 without the right to pods/portforward, 404. Error where
 * the connection cannot be had in time.
 */
export async function forwardPort(
  kubeConfig: KubeConfig,
  { namespace, pod, port, timeoutMs }: PortForwardTarget,
): Promise<Duplex> {
  const { promise: opened, resolve, reject } = Promise.withResolvers<Duplex>();
  const socket = await connectToPod(
    kubeConfig,
    {
      namespace,
      pod,
      subresource: 'portforward',
      query: [['ports', String(port)]],
      protocols: ['v4.channel.k8s.io'],
    },
    (error) => {
      reject(error);
      stream.destroy(error);
    },
  );
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.of(DATA), chunk]), done);
    },
    final(done) {
      socket.close();
      done();
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  // Whoever waits for it has the same error from the promise.
  stream.on('error', () => undefined);
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs / 1000} s`);
    reject(error);
    stream.destroy(error);
  }, timeoutMs);

  const seen = { [DATA]: 0, [ERROR]: 0 };
  socket.on('message', (message: Buffer) => {
    const channel = message[0];
    if (channel !== DATA && channel !== ERROR) return;
    const skipped = Math.min(PORT_BYTES - seen[channel], message.length - 1);
    seen[channel] += skipped;
    const rest = message.subarray(1 + skipped);
    if (rest.length === 0) return;
    if (channel === DATA) stream.push(rest);
    else stream.destroy(new Error(rest.toString('utf8').trim()));
  });
  socket.on('open', () => {
    resolve(stream);
  });
  socket.on('close', () => {
    if (!stream.destroyed) stream.push(null);
  });
  try {
    return await opened;
  } finally {
    clearTimeout(timer);
  }
}
