// SPDX-License-Identifier: Apache-2.0
// Writing answers.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AdmissionAnswer } from '../handler.ts';
import type { Refusal } from './refusal.ts';

/** A request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Whether the connection takes another request after the answer. */
export type Afterwards = 'keep-alive' | 'close';

/** Answers with a decision. */
export function sendAnswer(
  { response }: Exchange,
  { code, contentType, body }: AdmissionAnswer,
  afterwards: Afterwards,
): void {
  response.writeHead(code, headersOf(contentType, body, afterwards)).end(body);
}

/**
 * Refuses a request that may still be on its way. Its rest is read and thrown away for `lingerMs`, for a
 * connection that is closed over unread bytes is reset, and takes the answer along.
 */
export function sendRefusal(
  { request, response }: Exchange,
  { code, message, headers }: Refusal,
  afterwards: Afterwards,
  lingerMs: number,
): void {
  const body = `${message}\n`;
  const whole = request.complete;
  response.writeHead(code, {
    ...headersOf(PLAIN_TEXT, body, whole ? afterwards : 'close'),
    ...headers,
  });
  if (whole) {
    response.end(body);
    return;
  }
  // All of the answer goes out, but not its end, on which Node would close the connection.
  if (request.method !== 'HEAD') response.write(body);
  const stop = (): void => {
    clearTimeout(linger);
    response.end();
  };
  const linger = setTimeout(stop, lingerMs);
  request.once('end', stop);
  request.once('close', stop);
  request.resume();
}

/** Decisions are for one request; and nobody should take JSON for anything else. */
function headersOf(contentType: string, body: string, afterwards: Afterwards): OutgoingHttpHeaders {
  return {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(afterwards === 'close' ? { connection: 'close' } : {}),
  };
}
