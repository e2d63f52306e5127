// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a request to the API server, told apart in one place.

/** The parts of a `metav1.Status` that decisions are made on. */
export interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

/** An answer of the API server other than 2xx. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code, or the `code` of a watch's ERROR event. */
  readonly code: number;
  readonly status: ApiStatus;
  /** Seconds that the server asks to wait (`Retry-After`), where it does. */
  readonly retryAfterSeconds: number | undefined;

  constructor(request: string, code: number, status: ApiStatus, retryAfterSeconds?: number) {
    super(`${request}: ${String(code)} ${status.message ?? status.reason ?? 'no message'}`);
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds ?? status.details?.retryAfterSeconds;
  }
}

/**
 * What an error calls for:
 * `aborted` nothing, we stopped it ourselves; `conflict` read again, someone else wrote;
 * `already-exists` read what is there; `not-found`; `terminating` leave the namespace alone;
 * `expired` list again (410, also a resourceVersion that the server does not know);
 * `forbidden` and `unauthorized` an administrator; `invalid` the request can never succeed;
 * `retry` the same again, later (429, 5xx, network).
 */
export type ErrorKind =
  | 'aborted'
  | 'already-exists'
  | 'conflict'
  | 'expired'
  | 'forbidden'
  | 'invalid'
  | 'not-found'
  | 'retry'
  | 'terminating'
  | 'unauthorized';

/** Classifies any thrown value; what is not an answer of the API server is `retry` or `aborted`. */
export function classifyError(error: unknown): ErrorKind {
  if (error instanceof ApiError) return classifyStatus(error);
  // By its name: a DOMException, which an aborted request throws, is not an Error everywhere.
  if ((error as { name?: unknown } | undefined | null)?.name === 'AbortError') return 'aborted';
  return 'retry';
}

function classifyStatus({ code, status }: ApiError): ErrorKind {
  // A watch from a version that the server has not reached: its history was rewound.
  if (hasCause(status, 'ResourceVersionTooLarge')) return 'expired';
  switch (code) {
    case 401:
      return 'unauthorized';
    case 403:
      // A create in a namespace that is being deleted.
      return hasCause(status, 'NamespaceTerminating') ? 'terminating' : 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return status.reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
    case 410:
      return 'expired';
    case 408:
    case 429:
      return 'retry';
    default:
      return code >= 400 && code < 500 ? 'invalid' : 'retry';
  }
}

function hasCause(status: ApiStatus, reason: string): boolean {
  return status.details?.causes?.some((cause) => cause.reason === reason) ?? false;
}

/** The text of any thrown value, with the texts of its causes: a lost connection says why only there. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? messageOfParts(error) : error.message;
  return error.cause === undefined ? message : `${message}: ${errorMessage(error.cause)}`;
}

/** A connection that failed to each address of a name says so only of each. */
function messageOfParts(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(errorMessage).join(', ') : error.name;
}

/** What a read returns, or undefined if there is no such object. @throws what else the read throws. */
export async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (classifyError(error) === 'not-found') return undefined;
    throw error;
  }
}
