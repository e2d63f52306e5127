// SPDX-License-Identifier: Apache-2.0
// A request to the API server as data.

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
  readonly host: string;
}) => void;
