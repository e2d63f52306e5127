// SPDX-License-Identifier: Apache-2.0
// Writing answers, for both versions of HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { AdmissionAnswer } from '../handler.ts';
import type { Refusal } from './refusal.ts';

/** A request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage | Http2ServerRequest;
  readonly response: ServerResponse | Http2ServerResponse;
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** What both versions have in common, which TypeScript does not see. */
interface HeadWriter {
  writeHead(code: number, headers: string[]): unknown;
}

/** Decisions are for one request; and nobody should take JSON for anything else. */
const FIXED_HEADERS = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'] as const;

/** HTTP/1.1: whether the connection can take another request afterwards. HTTP/2 does not say it here. */
export type Afterwards = 'keep-alive' | 'close';

/** Answers with a decision. */
export function sendAnswer(
  { request, response }: Exchange,
  { code, contentType, body }: AdmissionAnswer,
  afterwards: Afterwards,
): void {
  writeHead({ request, response }, code, contentType, Buffer.byteLength(body), afterwards, []);
  response.end(body);
}

/**
 * Refuses a request that may still be on its way. Its rest is read and thrown away for `lingerMs`, for a
 * connection that is closed over unread bytes is reset, and takes the answer along.
 */
export function sendRefusal(
  { request, response }: Exchange,
  { code, message, headers = [] }: Refusal,
  afterwards: Afterwards,
  lingerMs: number,
): void {
  const body = `${message}\n`;
  const whole = request.complete;
  const exchange = { request, response };
  const length = Buffer.byteLength(body);
  const writable: Writable = response;
  writeHead(exchange, code, PLAIN_TEXT, length, whole ? afterwards : 'close', headers);
  if (whole || 'stream' in request) writable.end(body);
  // All of the answer goes out, but not its end, on which Node would close the connection.
  else if (request.method !== 'HEAD') writable.write(body);
  if (!whole) readOn(exchange, lingerMs);
}

function readOn({ request, response }: Exchange, lingerMs: number): void {
  const stop = (): void => {
    clearTimeout(linger);
    if (!('stream' in request)) response.end();
    // Tells the client that nobody reads the rest (RFC 9113, section 8.1).
    else if (!request.stream.closed) request.stream.close();
  };
  const linger = setTimeout(stop, lingerMs);
  const rest: Readable = request;
  rest.once('end', stop);
  rest.once('close', stop);
  rest.resume();
}

function writeHead(
  { request, response }: Exchange,
  code: number,
  contentType: string,
  length: number,
  afterwards: Afterwards,
  headers: readonly string[],
): void {
  const all = ['content-type', contentType, 'content-length', String(length), ...FIXED_HEADERS];
  if (headers.length > 0) all.push(...headers);
  // HTTP/2 forbids the header.
  if (afterwards === 'close' && request.httpVersionMajor === 1) all.push('connection', 'close');
  const target: HeadWriter = response;
  target.writeHead(code, all);
}
