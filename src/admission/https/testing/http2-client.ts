// SPDX-License-Identifier: Apache-2.0
// Requests over HTTP/2 for tests of the server.
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';

/** Connects to 127.0.0.1; what breaks the connection is told by its requests. */
export async function connectHttp2(port: number, ca: string): Promise<ClientHttp2Session> {
  const session = connect(`https://127.0.0.1:${port}`, { ca });
  await once(session, 'connect');
  session.on('error', () => undefined);
  return session;
}

/** An answer. */
export interface Http2Answer {
  readonly code: number | undefined;
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly body: string;
}

/** Sends a POST of JSON, or what `headers` say instead. Rejects where there is no answer. */
export function request(
  session: ClientHttp2Session,
  path: string,
  body: string | Buffer | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/json',
      ...headers,
    });
    let answer: Http2Answer | undefined;
    const chunks: Buffer[] = [];
    stream.on('response', (received) => {
      answer = { code: received[':status'], headers: received, body: '' };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (answer === undefined) reject(new Error('there was no answer'));
      else resolve({ ...answer, body: Buffer.concat(chunks).toString() });
    });
    stream.end(body);
  });
}
