// SPDX-License-Identifier: Apache-2.0
// Requests to the API server as data in, JSON out. @kubernetes/client-node knows where the server
// is and who we are; its generated clients are left aside, for they decode every object into
// classes and know neither server-side apply with a field manager on status, nor paging, nor
// metadata-only watches.
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiError, type ApiStatus } from './api-error.ts';
import { createTransport, type Transport } from './transport.ts';

/** One request. */
export interface ApiRequest {
  readonly method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';
  /** REST path without query, as `resourcePath` makes it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`; server-side apply wants {@link APPLY_PATCH}. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Longest silence of the server, in milliseconds; default 35 s. */
  readonly idleTimeoutMs?: number;
}

/** Called once per answer or failed attempt; `code` is `<error>` where there was no answer. */
export type RequestObserver = (result: {
  readonly code: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly host: string;
}) => void;

/** A watch: a GET whose answer comes as long as the server cares to send. */
export interface WatchRequest extends Pick<ApiRequest, 'accept' | 'path' | 'query'> {
  readonly signal: AbortSignal;
  /** Longest silence, in milliseconds, before the connection counts as dead. */
  readonly idleTimeoutMs: number;
  /** Called when the server has accepted the watch; the first event may be long in coming. */
  readonly onOpen?: () => void;
}

/** The API server, as the rest of the operator sees it. */
export interface KubeClient {
  /**
   * Sends one request and returns the decoded answer.
   * @throws ApiError for every answer but 2xx; network errors as they come; `AbortError` once
   * `signal` is aborted.
   */
  request<T>(request: ApiRequest): Promise<T>;
  /**
   * Opens a watch and yields the chunks of its answer.
   * @throws as `request` does, before the first chunk or between two.
   */
  watch(request: WatchRequest): AsyncIterable<Uint8Array>;
  /** Ends all connections, and with them the requests in flight. */
  close(): void;
}

/** Content type of a server-side apply whose body is JSON (YAML's subset). */
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** Above the time that the API server gives an admission webhook of someone else's at most: 30 s. */
const DEFAULT_IDLE_TIMEOUT_MS = 35_000;

/** A client for the current context of a kubeconfig. */
export async function createKubeClient(
  kubeConfig: KubeConfig,
  options: { readonly userAgent: string; readonly observe?: RequestObserver },
): Promise<KubeClient> {
  const transport = await createTransport(kubeConfig, options);
  return {
    request: async <T>(request: ApiRequest) => (await send(transport, request)) as T,
    async *watch(request: WatchRequest): AsyncIterable<Uint8Array> {
      const { code, headers, body } = await transport.send({ method: 'GET', ...request });
      if (code !== 200) {
        throw apiError(`watch ${request.path}`, code, headers, await body.text());
      }
      request.onOpen?.();
      yield* body;
    },
    close: () => {
      transport.close();
    },
  };
}

/**
 * Server-side apply, for what only one writer at a time may write: a status, by the leader. Applies `body` at `path` (which may name a subresource) and returns the whole object as it is then.
 * Forced: fields that others set meanwhile are taken over.
 * @throws what the client throws; 404 where object or subresource is missing.
 */
export function serverSideApply<T>(
  client: KubeClient,
  path: string,
  fieldManager: string,
  body: unknown,
): Promise<T> {
  return client.request<T>({
    method: 'PATCH',
    path,
    query: { fieldManager, force: 'true' },
    contentType: APPLY_PATCH,
    body,
  });
}

async function send(transport: Transport, request: ApiRequest): Promise<unknown> {
  const { code, headers, body } = await transport.send({
    idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
    ...request,
  });
  const text = await body.text();
  const what = `${request.method} ${request.path}`;
  if (code < 200 || code >= 300) throw apiError(what, code, headers, text);
  return text === '' ? undefined : parse(text, what);
}

/** What stands between us and the API server may answer in its place, and say that all is well. */
function parse(text: string, request: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${request}: the answer is no JSON`, { cause: error });
  }
}

function apiError(
  request: string,
  code: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  text: string,
): ApiError {
  const seconds = Number(headers['retry-after']);
  return new ApiError(
    request,
    code,
    parseStatus(text),
    Number.isFinite(seconds) && headers['retry-after'] !== undefined ? seconds : undefined,
  );
}

/**
 * The Status in the body of an answer. Proxies and load balancers answer with text or HTML where the API
 * server writes one: then that is the message.
 */
export function parseStatus(text: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON: the text is the message.
  }
  return { message: text.slice(0, 300).trim() };
}
