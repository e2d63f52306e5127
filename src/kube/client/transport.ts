// SPDX-License-Identifier: Apache-2.0
// HTTP to the API server: address, TLS and credentials as the kubeconfig gives them. HTTP/1.1 on
// purpose: each watch and each request in flight has a connection of its own, so that one dead
// connection stops one of them and not all, and no request waits behind a watch's flow control.
import { type Agent, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { createAgent, isInUse, retire } from './agent.ts';
import type { ApiRequest, RequestObserver } from './client.ts';
import { credentialsOf } from './credentials.ts';
import { exchange, type TransportResponse } from './exchange.ts';

/** Sends requests with the kubeconfig's credentials. */
export interface Transport {
  send(request: ApiRequest): Promise<TransportResponse>;
  /** Ends all connections, and with them the requests in flight. */
  close(): void;
}

/** Token files rotate; client-go, too, reads them again after a minute at the latest. */
const CREDENTIALS_TTL_MS = 30_000;

interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly agent: Agent;
  /** The TLS material the agent was made with: while it stays, so do the connections. */
  readonly tlsKey: string;
  readonly expires: number;
}

/**
 * A transport to the kubeconfig's current cluster.
 * @throws Error where the kubeconfig has no current cluster or its credentials cannot be had.
 */
export async function createTransport(
  kubeConfig: KubeConfig,
  options: { readonly userAgent: string; readonly observe?: RequestObserver },
): Promise<Transport> {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      'the kubeconfig names no current cluster: set its current-context, or give --kubeconfig',
    );
  }
  const server = new URL(cluster.server);
  const { protocol, hostname, port } = urlToHttpOptions(server);
  const connect = protocol === 'http:' ? httpRequest : httpsRequest;
  const basePath = server.pathname.replace(/\/$/, '');
  let credentials = await loadCredentials(kubeConfig, cluster, undefined);
  let loading: Promise<void> | undefined;
  let isClosed = false;
  /** Of earlier credentials, with requests in flight. */
  let retired: readonly Agent[] = [];

  /** Once for all requests that wait for it: two would make two agents, and one be lost. */
  const reload = (): Promise<void> => {
    loading ??= loadCredentials(kubeConfig, cluster, credentials)
      .then((loaded) => {
        const { agent } = credentials;
        credentials = loaded;
        if (loaded.agent === agent) return;
        retire(agent);
        retired = [...retired, agent].filter(isInUse);
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  async function send(request: ApiRequest): Promise<TransportResponse> {
    if (performance.now() > credentials.expires) await reload();
    if (isClosed) throw new Error('the client of the API server is closed');
    const { headers, agent } = credentials;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const head: RequestOptions = {
      agent,
      protocol,
      hostname,
      port,
      path: basePath + request.path + queryString(request.query),
      method: request.method,
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': options.userAgent,
        ...(body === undefined
          ? {}
          : {
              'content-type': request.contentType ?? 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
        ...headers,
      },
    };
    const report = (code: string): void => {
      const { method, path } = request;
      options.observe?.({ code, method, path, host: server.host });
    };
    try {
      const response = await exchange(() => connect(head), {
        body,
        signal: request.signal,
        idleTimeoutMs: request.idleTimeoutMs,
      });
      report(String(response.code));
      // Whatever the credentials were, they are no longer: the next request reads them anew.
      if (response.code === 401) credentials = { ...credentials, expires: 0 };
      return response;
    } catch (error) {
      report('<error>');
      throw error;
    }
  }

  return {
    send,
    close: () => {
      isClosed = true;
      for (const agent of [credentials.agent, ...retired]) agent.destroy();
    },
  };
}

async function loadCredentials(
  kubeConfig: KubeConfig,
  cluster: Cluster,
  previous: Credentials | undefined,
): Promise<Credentials> {
  const https = await credentialsOf(kubeConfig);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries((https.headers ?? {}) as OutgoingHttpHeaders)) {
    if (value !== undefined) {
      headers[name.toLowerCase()] = Array.isArray(value) ? value : String(value);
    }
  }
  if (typeof https.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(https.auth).toString('base64')}`;
  }
  const { ca, cert, key, servername, rejectUnauthorized } = https;
  const tlsKey = JSON.stringify([ca, cert, key, servername, rejectUnauthorized].map(String));
  const expires = performance.now() + CREDENTIALS_TTL_MS;
  if (previous?.tlsKey === tlsKey) return { ...previous, headers, expires };
  const tls = { ca, cert, key, servername, rejectUnauthorized };
  return { headers, agent: createAgent(cluster, definedEntries(tls)), tlsKey, expires };
}

function queryString(query: Readonly<Record<string, string | undefined>> | undefined): string {
  const entries = definedEntries(query ?? {});
  const text = new URLSearchParams(entries).toString();
  return text === '' ? '' : `?${text}`;
}

function definedEntries<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}
