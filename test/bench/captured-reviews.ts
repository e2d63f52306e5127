// SPDX-License-Identifier: Apache-2.0
// The requests that the API server makes of a webhook for a pod, caught to be made again without it.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../src/pki/key-pair.ts';

/** A request as it came. */
export interface CapturedRequest {
  /** With the query: `/mutate?timeout=5s`. */
  readonly path: string;
  /** Those that say something about the request and its body, lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** An AdmissionReview. */
  readonly body: string;
}

/**
 * A webhook that admits everything and keeps the first request for each path: a mutating one may be
 * called again, when others have changed the pod.
 */
export interface CapturingWebhook {
  readonly port: number;
  /** @throws Error where there was none for this path. */
  captured(path: '/mutate' | '/validate'): CapturedRequest;
  close(): Promise<void>;
}

/** What the transport adds by itself. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'host', 'transfer-encoding']);

/** Starts one on loopback. */
export async function startCapturingWebhook(pair: KeyPair): Promise<CapturingWebhook> {
  const requests = new Map<string, CapturedRequest>();
  const server = createServer(
    { cert: pair.certificate, key: pair.privateKey },
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { url: path = '', headers } = request;
        const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
        const withoutQuery = path.replace(/\?.*/, '');
        if (!requests.has(withoutQuery)) {
          requests.set(withoutQuery, {
            path,
            headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
            body,
          });
        }
        const { apiVersion, kind, request: review } = JSON.parse(body) as Review;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ apiVersion, kind, response: { uid: review.uid, allowed: true } }),
        );
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    captured(path) {
      const request = requests.get(path);
      if (request === undefined) throw new Error(`the API server has not called ${path}`);
      return request;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string };
}
