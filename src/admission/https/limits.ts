// SPDX-License-Identifier: Apache-2.0
// What the admission server takes from its clients at most. Anyone who reaches the port may connect, for
// API servers seldom show a client certificate: so nobody may hold or fill what others need.

/** Bounds in bytes, counts and milliseconds; see `HTTP_LIMITS` for the values and their reasons. */
export interface HttpLimits {
  /** Of one request. */
  readonly maxBodyBytes: number;
  /** Values in the JSON of one request. */
  readonly maxJsonValues: number;
  /** Different names of members in the JSON of one request. */
  readonly maxJsonNames: number;
  /** Levels of lists and objects in the JSON of one request. */
  readonly maxJsonDepth: number;
  /** Bodies of all requests that are being received or worked on, together. */
  readonly maxBufferedBytes: number;
  /** Memory of all requests that are being worked on, together, as estimated from their bodies. */
  readonly maxParsedBytes: number;
  /** Open at the same time; see `connections.ts` for what happens above it. */
  readonly maxConnections: number;
  /** Requests that the handler works on at the same time. */
  readonly maxInFlight: number;
  /** Requests that wait for the handler at the same time; one more is answered 503 at once. */
  readonly maxWaiting: number;
  /** Of one request, names and values. */
  readonly maxHeaderBytes: number;
  /** Of one request. */
  readonly maxHeaders: number;
  /** For the TLS handshake, from the first byte on. */
  readonly handshakeMs: number;
  /** From the first byte of a request, or from the handshake, to the end of its headers. */
  readonly headersMs: number;
  /** From the end of the headers to the end of the body. */
  readonly bodyMs: number;
  /** For which a connection may be silent. */
  readonly idleMs: number;
  /** After `close`, for what is under way. */
  readonly closeGraceMs: number;
  /** For which the rest of a refused body is read, so that the client comes to see the answer. */
  readonly lingerMs: number;
}

/** What holds where nothing else is said. */
export const HTTP_LIMITS: HttpLimits = {
  // The API server takes 3 MiB from its clients and etcd 1.5 MiB for an object; what comes twice, as object and
  // oldObject, is a pod with a new ephemeral container. Parsed it takes up to five times as much: two bytes for each
  // character, the same again for its strings, and the bytes themselves.
  maxBodyBytes: 4 * 1024 * 1024,
  // A pod of 2 MB with 300 containers, half of it managed fields, has 110,000.
  maxJsonValues: 150_000,
  // A large pod has some hundreds. A parser takes ten times as long for a new one as for another value.
  maxJsonNames: 10_000,
  // The deepest fields of a pod are at level 15 or so.
  maxJsonDepth: 100,
  // A few of the largest, or more than a thousand of the usual reviews of some kilobytes.
  maxBufferedBytes: 32 * 1024 * 1024,
  // As for bodies.
  maxParsedBytes: 32 * 1024 * 1024,
  // An API server carries out 200 writes at the same time (--max-mutating-requests-inflight), and there
  // are rarely more than five of them.
  maxConnections: 1024,
  // Work is looking things up in memory or waiting for the API server; more at once makes neither faster.
  maxInFlight: 256,
  // As many as there may be connections: every client may wait, for most of its own timeout.
  maxWaiting: 1024,
  // API servers send a handful of headers.
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 64,
  handshakeMs: 5_000,
  headersMs: 5_000,
  bodyMs: 5_000,
  // Longer than the 90 s after which API servers themselves close (Go's IdleConnTimeout): they do not
  // repeat a POST on a connection that was closed under it.
  idleMs: 120_000,
  closeGraceMs: 5_000,
  lingerMs: 1_000,
};
