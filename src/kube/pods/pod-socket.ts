// SPDX-License-Identifier: Apache-2.0
// WebSockets to a pod's subresources, which the API server hands on to the kubelet.
import type { IncomingMessage } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import { ApiError } from '../client/api-error.ts';
import { parseStatus } from '../client/client.ts';
import { credentialsOf } from '../client/credentials.ts';
import { resourcePath } from '../client/resource.ts';

/** Which subresource, and what it is asked for. */
export interface PodSocketTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly subresource: 'exec' | 'portforward';
  readonly query: readonly (readonly [string, string])[];
  /** The best one first. */
  readonly protocols: readonly string[];
}

const PODS = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** A message is at most a piece of an output. */
const MAX_PAYLOAD = 1024 * 1024;

/** What is read of each stream, and of a refusal; programs that diagnose say less. */
const MAX_STREAM_BYTES = 64 * 1024;

/**
 * A WebSocket that is not open yet. Where it is refused, `onRefused` gets the reason: ApiError as the API
 * server gives it, Error where the connection cannot be had.
 */
export async function connectToPod(
  kubeConfig: KubeConfig,
  target: PodSocketTarget,
  onRefused: (error: Error) => void,
): Promise<WebSocket> {
  const options = await credentialsOf(kubeConfig);
  const socket = new WebSocket(socketUrl(kubeConfig, target), [...target.protocols], {
    ...options,
    maxPayload: MAX_PAYLOAD,
  });
  socket.on('unexpected-response', (_, response) => {
    void refusal(response, target)
      .then(onRefused, onRefused)
      .finally(() => {
        socket.terminate();
      });
  });
  socket.on('error', onRefused);
  return socket;
}

/** The beginning of what a stream brings. */
export interface Collector {
  add(chunk: Buffer): void;
  text(): string;
}

/** A collector that keeps the first 64 KiB. */
export function createCollector(): Collector {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      const wanted = chunk.subarray(0, MAX_STREAM_BYTES - bytes);
      bytes += wanted.length;
      // The message's memory is not ours to keep.
      chunks.push(Buffer.from(wanted));
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

function socketUrl(
  kubeConfig: KubeConfig,
  { namespace, pod, subresource, query }: PodSocketTarget,
): string {
  const server = new URL(kubeConfig.getCurrentCluster()?.server ?? '');
  server.protocol = server.protocol === 'http:' ? 'ws:' : 'wss:';
  server.pathname =
    server.pathname.replace(/\/$/, '') + resourcePath(PODS, { namespace, name: pod, subresource });
  server.search = new URLSearchParams(
    query.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  return server.href;
}

async function refusal(
  response: IncomingMessage,
  { namespace, pod, subresource }: PodSocketTarget,
): Promise<ApiError> {
  const body = createCollector();
  for await (const chunk of response as AsyncIterable<Buffer>) body.add(chunk);
  return new ApiError(
    `${subresource} in pod ${namespace}/${pod}`,
    response.statusCode ?? 500,
    parseStatus(body.text()),
  );
}
