// SPDX-License-Identifier: Apache-2.0
// HTTP to the API server: address, TLS and credentials as the kubeconfig gives them. HTTP/1.1 on
// purpose: each watch and each request in flight has a connection of its own, so that one dead
// connection stops one of them and not all, and no request waits behind a watch's flow control.
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { ApiRequest, RequestObserver } from './api-request.ts';

/** An answer whose head has arrived. */
export interface TransportResponse {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array> & { text(): Promise<string> };
}

/** Sends requests with the kubeconfig's credentials. */
export interface Transport {
  send(request: ApiRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** Token files rotate; client-go, too, reads them again after a minute at the latest. */
const CREDENTIALS_TTL_MS = 30_000;

/** For a burst of writes; an idle connection is memory, and the next one costs some milliseconds. */
const KEEP_ALIVE_MS = 15_000;

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  /** The TLS material the dispatcher was made with: while it stays, so do the connections. */
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
  const basePath = server.pathname.replace(/\/$/, '');
  let credentials = await loadCredentials(kubeConfig, undefined);
  let loading: Promise<void> | undefined;

  /** Once for all requests that wait for it: two would make two agents, and one be lost. */
  function reload(): Promise<void> {
    loading ??= loadCredentials(kubeConfig, credentials)
      .then((loaded) => {
        credentials = loaded;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  }

  async function send(request: ApiRequest): Promise<TransportResponse> {
    if (performance.now() > credentials.expires) await reload();
    const { headers, dispatcher } = credentials;
    const report = (code: string): void => {
      options.observe?.({ code, method: request.method, host: server.host });
    };
    try {
      const response = await dispatcher.request({
        origin: server.origin,
        path: basePath + request.path,
        query: definedEntries(request.query),
        method: request.method,
        headers: {
          accept: request.accept ?? 'application/json',
          'user-agent': options.userAgent,
          ...(request.body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json' }),
          ...headers,
        },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: request.signal ?? null,
        ...(request.idleTimeoutMs === undefined
          ? {}
          : { bodyTimeout: request.idleTimeoutMs, headersTimeout: request.idleTimeoutMs }),
      });
      report(String(response.statusCode));
      // Whatever the credentials were, they are no longer: the next request reads them anew.
      if (response.statusCode === 401) credentials = { ...credentials, expires: 0 };
      return { code: response.statusCode, headers: response.headers, body: response.body };
    } catch (error) {
      report('<error>');
      throw error;
    }
  }

  return { send, close: () => credentials.dispatcher.destroy() };
}

async function loadCredentials(
  kubeConfig: KubeConfig,
  previous: Credentials | undefined,
): Promise<Credentials> {
  const https: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(https);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(https.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof https.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(https.auth).toString('base64')}`;
  }
  const { ca, cert, key, servername, rejectUnauthorized } = https;
  const tlsKey = JSON.stringify([ca, cert, key, servername, rejectUnauthorized].map(String));
  const expires = performance.now() + CREDENTIALS_TTL_MS;
  if (previous?.tlsKey === tlsKey) return { ...previous, headers, expires };
  // Requests in flight end on the old connections; idle ones go with the agent.
  void previous?.dispatcher.close();
  return { headers, dispatcher: createDispatcher(kubeConfig, https), tlsKey, expires };
}

function createDispatcher(kubeConfig: KubeConfig, https: RequestOptions): Dispatcher {
  const cluster = kubeConfig.getCurrentCluster();
  const { ca, cert, key, servername, rejectUnauthorized } = https;
  const options = kubeConfig.createDispatcherOptions(cluster, {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  });
  const agent = { allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS };
  switch (options.type) {
    case 'proxy':
      return new ProxyAgent({
        ...agent,
        uri: options.uri,
        requestTls: options.requestTls as buildConnector.BuildOptions,
        connect: options.connect as buildConnector.BuildOptions,
      });
    case 'socks':
      throw new Error(
        `the kubeconfig's proxy-url "${options.uri}" is a SOCKS proxy, which is not supported: use an HTTP proxy`,
      );
    case 'agent':
      return new Agent({ ...agent, connect: options.connect as buildConnector.BuildOptions });
    case 'none':
      return new Agent(agent);
  }
}

function definedEntries(
  query: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query ?? {}).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
