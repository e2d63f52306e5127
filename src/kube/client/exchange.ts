// SPDX-License-Identifier: Apache-2.0
// One HTTP request and its answer: when it is given up, and what its failure is called. Node's client
// has a time limit of the socket alone, which runs on while the reader takes its time, and calls an
// abort a lost connection once the head has come.
import type { ClientRequest, IncomingMessage } from 'node:http';

/** An answer whose head has arrived. Its body has to be read, or the connection stays. */
export interface TransportResponse {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array> & { text(): Promise<string> };
}

/** What an exchange sends and how long it waits. */
export interface ExchangeOptions {
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Longest silence of the server, in milliseconds. */
  readonly idleTimeoutMs?: number | undefined;
  /** For the connection, TLS included, in milliseconds. */
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_IDLE_TIMEOUT_MS = 300_000;

/**
 * Sends the request that `open` makes, and resolves with the head of its answer.
 * @throws SilenceError where nothing comes for too long; the reason of `signal`; errors of the connection as
 * Node has them. The iteration of the body throws the same.
 */
export async function exchange(
  open: () => ClientRequest,
  {
    body,
    signal,
    idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS,
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
  }: ExchangeOptions,
): Promise<TransportResponse> {
  signal?.throwIfAborted();
  const request = open();
  let response: IncomingMessage | undefined;
  const head = Promise.withResolvers<IncomingMessage>();
  const giveUp = (error: Error): void => {
    // A request that still waits for a proxy says nothing when it is destroyed.
    head.reject(error);
    (response ?? request).destroy(error);
  };
  const onAbort = (): void => {
    giveUp(signal?.reason as Error);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  request.once('close', () => signal?.removeEventListener('abort', onAbort));

  const silence = new SilenceTimer(giveUp);
  silence.expect('connection', connectTimeoutMs);
  request.once('socket', (socket) => {
    const isConnected = (): void => {
      silence.expect('head', idleTimeoutMs);
    };
    // Through a proxy, TLS begins on a connection that is there already.
    const isNewTls = 'encrypted' in socket && !request.reusedSocket;
    if (!isNewTls && !socket.connecting) isConnected();
    else socket.once(isNewTls ? 'secureConnect' : 'connect', isConnected);
  });
  try {
    request.once('response', head.resolve);
    // Stays: what goes wrong later is told by the answer's stream, and by the request once more.
    request.on('error', head.reject);
    request.end(body);
    response = await head.promise;
  } finally {
    silence.end();
  }
  return {
    code: response.statusCode ?? 0,
    headers: response.headers,
    body: bodyOf(response, silence, { signal, idleTimeoutMs }),
  };
}

function bodyOf(
  response: IncomingMessage,
  silence: SilenceTimer,
  {
    signal,
    idleTimeoutMs,
  }: { readonly signal: AbortSignal | undefined; readonly idleTimeoutMs: number },
): TransportResponse['body'] {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    // A stream that nobody reads yet keeps no error.
    signal?.throwIfAborted();
    try {
      silence.expect('body', idleTimeoutMs);
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        // The time that the reader takes is not the server's.
        silence.end();
        yield chunk;
        silence.expect('body', idleTimeoutMs);
      }
    } finally {
      silence.end();
    }
  }
  return {
    [Symbol.asyncIterator]: chunks,
    text: async () => {
      const received: Uint8Array[] = [];
      for await (const chunk of chunks()) received.push(chunk);
      return Buffer.concat(received).toString();
    },
  };
}

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

/** Waits for one part after the other, and gives up where one takes too long. */
class SilenceTimer {
  readonly #giveUp: (error: SilenceError) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(giveUp: (error: SilenceError) => void) {
    this.#giveUp = giveUp;
  }

  expect(part: AwaitedPart, ms: number): void {
    this.end();
    this.#timer = setTimeout(() => {
      this.#giveUp(new SilenceError(part, ms));
    }, ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
