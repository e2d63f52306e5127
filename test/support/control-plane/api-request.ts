// SPDX-License-Identifier: Apache-2.0
// One request to an API server as its administrator: enough to see that it is ready and to make a
// node. Everything else goes through kubectl.
import { request } from 'node:https';

const TIMEOUT_MS = 5_000;

export interface ApiAccess {
  readonly url: string;
  /** PEM of the CA that signed the serving certificate. */
  readonly ca: string;
  readonly token: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** Sends a request, with `body` as JSON. Rejects when there is no answer within 5 s. */
export function apiRequest(
  { url, ca, token }: ApiAccess,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      {
        method,
        ca,
        // A connection each: nothing is left open when the API server is stopped or paused.
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: text });
        });
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Whether a GET is answered with 200; no answer is a no. */
export async function answersOk(access: ApiAccess, path: string): Promise<boolean> {
  try {
    return (await apiRequest(access, 'GET', path)).status === 200;
  } catch {
    return false;
  }
}
