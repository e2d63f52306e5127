// SPDX-License-Identifier: Apache-2.0
// An admission webhook that allows everything and writes down what it was called for: for tests of
// what the API server sends, not of what is answered.
import { createServer, type Server } from 'node:https';
import { issueCertificateAuthority, issueServingCertificate } from '../../src/pki/issue.ts';
import { freePort } from '../support/control-plane/free-port.ts';

/** See {@link startCountingWebhook}. */
export interface CountingWebhook {
  /** `https://127.0.0.1:<port>`. */
  readonly base: string;
  /** PEM of the CA that signed its certificate. */
  readonly caBundle: string;
  /** The paths that were called for an object of this name, in order. */
  calls(name: string): readonly string[];
  /** Forgets all calls. */
  forget(): void;
  /** Nobody answers any more; open connections are cut. */
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Starts one on loopback. */
export async function startCountingWebhook(): Promise<CountingWebhook> {
  const lifetime = { validityMs: HOUR_MS, now: new Date() };
  const authority = await issueCertificateAuthority(lifetime);
  const { certificate, privateKey } = await issueServingCertificate({
    authority,
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    ...lifetime,
  });
  const calls = new Map<string, string[]>();
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const review = JSON.parse(body) as AdmissionReview;
      const name = review.request.object.metadata.name;
      const path = new URL(request.url ?? '', 'https://localhost').pathname;
      calls.set(name, [...(calls.get(name) ?? []), path]);
      response.writeHead(200, { 'content-type': 'application/json' });
      const answer = { uid: review.request.uid, allowed: true };
      response.end(JSON.stringify({ ...review, request: undefined, response: answer }));
    });
  });
  const port = await freePort();
  await listen(server, port);
  return {
    base: `https://127.0.0.1:${port}`,
    caBundle: authority.certificate,
    calls: (name) => calls.get(name) ?? [],
    forget() {
      calls.clear();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface AdmissionReview {
  readonly request: {
    readonly uid: string;
    readonly object: { readonly metadata: { readonly name: string } };
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
