// SPDX-License-Identifier: Apache-2.0
// What the failure of a watch says about the next one: whether it may begin where this one ended.
import { ApiError, classifyError } from '../client/api-error.ts';
import { SilenceError } from '../client/exchange.ts';

/** The server, or what stands before it, has too much to do or cannot be reached. */
const OVERLOADED: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/**
 * Whether a watch may go on where this error ended it: a lost connection or an overloaded server
 * says nothing against the version that it had come to. Anything else may, and wants a new list.
 */
export function canResume(error: unknown): boolean {
  if (error instanceof ApiError) {
    return classifyError(error) === 'retry' && OVERLOADED.has(error.code);
  }
  // Errors of connections carry a code; what goes wrong with what they bring does not.
  return typeof errorCode(error) === 'string' && !isSilence(error);
}

/**
 * Whether nothing came for too long: a dead connection; or, and no error ever says so, a watch from a
 * version that the server has yet to reach, for its history was rewound (tried on 1.37).
 */
export function isSilence(error: unknown): boolean {
  return error instanceof SilenceError && error.awaited === 'body';
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
