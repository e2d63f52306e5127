// SPDX-License-Identifier: Apache-2.0
// A proxy between the operator and a real API server that counts requests and can be told to spoil
// some: to answer in the server's place, to stay silent, to cut connections.
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

/** A request as it passes. */
export interface PassingRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly isWatch: boolean;
}

/** What happens to a request in place of being passed on. */
export type Fault =
  | {
      readonly type: 'answer';
      readonly code: number;
      readonly body?: object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut without an answer. */
  | { readonly type: 'cut' }
  /** Nothing ever comes. */
  | { readonly type: 'silence' };

/** See {@link startFaultProxy}. */
export interface FaultProxy {
  /** A kubeconfig for the proxy with the credentials of the one it was started with. */
  readonly kubeconfigPath: string;
  /** Every request so far, spoilt ones too. */
  readonly requests: readonly PassingRequest[];
  /** Requests so far that may change something. */
  writes(): readonly PassingRequest[];
  /** Spoils requests from now on: the first of the rules that gives a fault holds. Returns the end of it. */
  spoil(rule: (request: PassingRequest) => Fault | undefined): () => void;
  /** Cuts every watch that is open; returns how many. */
  cutWatches(): number;
  /** Stops passing on what watches bring, without closing them: a dead connection. Returns the end of it. */
  freezeWatches(): () => void;
  stop(): Promise<void>;
}

/** Starts a proxy for the cluster and user of a kubeconfig; `directory` takes its own kubeconfig. */
export async function startFaultProxy(
  upstreamKubeconfig: string,
  directory: string,
): Promise<FaultProxy> {
  const upstream = new KubeConfig();
  upstream.loadFromFile(upstreamKubeconfig);
  const cluster = upstream.getCurrentCluster();
  if (cluster === null) throw new Error(`${upstreamKubeconfig} names no cluster`);
  const target = new URL(cluster.server);
  const send = target.protocol === 'https:' ? httpsRequest : request;
  const ca = cluster.caData === undefined ? undefined : Buffer.from(cluster.caData, 'base64');

  // kubectl and Helm give no token away over plain HTTP.
  const token = upstream.getCurrentUser()?.token;
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` };

  const requests: PassingRequest[] = [];
  const rules = new Set<(request: PassingRequest) => Fault | undefined>();
  const watches = new Set<{ incoming: IncomingMessage; outgoing: ServerResponse }>();
  const sockets = new Set<Socket>();

  const server = createServer((incoming, outgoing) => {
    const passing: PassingRequest = {
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      isWatch: (incoming.url ?? '').includes('watch=true'),
    };
    requests.push(passing);
    for (const rule of rules) {
      const fault = rule(passing);
      if (fault === undefined) continue;
      inflict(fault, incoming, outgoing);
      return;
    }
    pass(passing, incoming, outgoing);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  function pass(
    passing: PassingRequest,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): void {
    const onward = send(
      new URL(passing.url, target),
      {
        method: passing.method,
        headers: { ...incoming.headers, host: target.host, ...credentials },
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        // An upstream that breaks off must not look like one that ended well.
        answer.on('aborted', () => outgoing.destroy());
        if (!passing.isWatch) return;
        const watch = { incoming: answer, outgoing };
        watches.add(watch);
        outgoing.on('close', () => watches.delete(watch));
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfigPath = `${directory}/fault-proxy-${String(port)}.kubeconfig`;
  await writeFile(
    kubeconfigPath,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'proxy',
      // client-node speaks plain HTTP only where it is told not to check TLS.
      clusters: [
        {
          name: 'proxy',
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'proxy', user: { token } }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
    }),
    { mode: 0o600 },
  );

  return {
    kubeconfigPath,
    requests,
    writes: () => requests.filter(({ method }) => method !== 'GET'),
    spoil(rule) {
      rules.add(rule);
      return () => rules.delete(rule);
    },
    cutWatches() {
      const open = [...watches];
      for (const { outgoing } of open) outgoing.destroy();
      return open.length;
    },
    freezeWatches() {
      const frozen = [...watches];
      for (const { incoming } of frozen) incoming.unpipe();
      return () => {
        for (const { incoming, outgoing } of frozen) incoming.pipe(outgoing);
      };
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function inflict(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void {
  switch (fault.type) {
    case 'answer':
      incoming.resume();
      outgoing.writeHead(fault.code, { 'content-type': 'application/json', ...fault.headers });
      outgoing.end(
        JSON.stringify(fault.body ?? { kind: 'Status', code: fault.code, message: 'spoilt' }),
      );
      return;
    case 'cut':
      outgoing.destroy();
      return;
    case 'silence':
      return;
  }
}
