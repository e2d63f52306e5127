// SPDX-License-Identifier: Apache-2.0
// The connections to the API server: kept for a while, and through an HTTP proxy where the kubeconfig names one.
import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { isIPv6 } from 'node:net';
import type { Cluster } from '@kubernetes/client-node';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';

/** For a burst of writes; an idle connection is memory, and the next one costs some milliseconds. */
const IDLE_CONNECTION_MS = 15_000;

/**
 * Silence after which TCP asks the other side whether it is still there. libuv asks ten times, once a second, so a
 * connection whose packets are lost ends after 25 s.
 */
const PROBE_MS = 15_000;

/**
 * An agent for a cluster.
 * @throws Error where its `proxy-url` is of a kind that is not supported.
 */
export function createAgent({ server, proxyUrl }: Cluster, tls: AgentOptions): HttpAgent {
  const isPlain = server.startsWith('http:');
  const options = {
    keepAlive: true,
    keepAliveMsecs: PROBE_MS,
    timeout: IDLE_CONNECTION_MS,
    ...(isPlain ? {} : tls),
  };
  if (proxyUrl === undefined) return isPlain ? new HttpAgent(options) : new HttpsAgent(options);
  if (!/^https?:/i.test(proxyUrl)) {
    throw new Error(
      `the kubeconfig's proxy-url "${proxyUrl}" is no HTTP proxy, and nothing else is supported: use one that begins with http:// or https://`,
    );
  }
  for (const url of [server, proxyUrl]) {
    if (!isIPv6(new URL(url).hostname.replaceAll(/[[\]]/g, ''))) continue;
    throw new Error(
      `the kubeconfig has a proxy-url and the IPv6 address of ${url}: with a proxy, use names of hosts`,
    );
  }
  const proxied = { ...options, proxy: proxyUrl };
  const agent = isPlain ? new HttpProxyAgent(proxied) : new HttpsProxyAgent(proxied);
  return withCodes(agent, new URL(proxyUrl).host);
}

/** Requests in flight end on their connections; idle ones go at once, and no further one is kept. */
export function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** Whether requests are in flight on connections of the agent. */
export function isInUse(agent: HttpAgent): boolean {
  return Object.keys(agent.sockets).length > 0;
}

/** What the proxy refuses comes without the code by which errors of connections are known. */
function withCodes(agent: HttpAgent, proxy: string): HttpAgent {
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) =>
    createConnection(options, (error, socket) => {
      if (error === null || 'code' in error) callback?.(error, socket);
      else {
        const message = `the proxy ${proxy} gives no connection: ${error.message}`;
        callback?.(Object.assign(new Error(message), { code: 'ECONNREFUSED' }), socket);
      }
    });
  return agent;
}
