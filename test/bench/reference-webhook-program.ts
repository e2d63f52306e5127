// SPDX-License-Identifier: Apache-2.0
// The reference, a program of its own: what any webhook on Node's own HTTPS server costs. It parses the
// review for its UID and answers; there is no look-up, no check and no bound. Prints its port.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readSetup } from './bench-process.ts';
import type { ReferenceSetup } from './reference-webhook.ts';

/** As long as ours: the API server must not meet a connection that was just closed. */
const KEEP_ALIVE_MS = 120_000;

const { certificate, privateKey, patch } = await readSetup<ReferenceSetup>();

const server = createServer(
  { cert: certificate, key: privateKey, keepAliveTimeout: KEEP_ALIVE_MS },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      const { uid } = review.request;
      const body = JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response:
          request.url?.startsWith('/mutate') === true
            ? { uid, allowed: true, patchType: 'JSONPatch', patch }
            : { uid, allowed: true },
      });
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  },
);
server.listen(0, () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});

interface Review {
  readonly request: { readonly uid: string };
}
