// SPDX-License-Identifier: Apache-2.0

/** What did not come in time: the connection, the head of the answer, or the next part of its body. */
export type AwaitedPart = 'body' | 'connection' | 'head';

/** Nothing came from the server, or from what stands before it, for too long. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  /** As errors of connections carry one (errno(3)). */
  readonly code = 'ETIMEDOUT';
  readonly awaited: AwaitedPart;

  /** @param ms how long was waited, in milliseconds. */
  constructor(awaited: AwaitedPart, ms: number) {
    super(`no ${WORDS[awaited]} within ${ms / 1000} s`);
    this.awaited = awaited;
  }
}

const WORDS: Readonly<Record<AwaitedPart, string>> = {
  connection: 'connection',
  head: 'answer',
  body: 'further part of the answer',
};
