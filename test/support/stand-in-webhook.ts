// SPDX-License-Identifier: Apache-2.0
// A tiny admission webhook that signs what it lets through: it stands in for a replica where the
// question is which replica is called, not what it says.
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './control-plane/free-port.ts';

/** The annotation by which an object tells who let it through. */
export const ANSWERED_BY = 'gmsa-operator.test/answered-by';

/** See {@link startStandInWebhook}. */
export interface StandInWebhook {
  readonly name: string;
  readonly port: number;
  /** Requests that it has answered. */
  answered(): number;
  /** Whether every answer from now on is the last one on its connection. Not so at first. */
  closeAfterAnswer(close: 'always' | 'never'): void;
  /** Cuts what is open. */
  stop(): Promise<void>;
}

/** Longer than the API server keeps idle connections (90 s), so that it is never we who close one. */
const KEEP_ALIVE_MS = 120_000;

/** Starts one that allows everything, on whatever path, and writes its name onto it. */
export async function startStandInWebhook({
  name,
  address,
  tls,
  takesMs = 0,
}: {
  readonly name: string;
  readonly address: string;
  /** PEM. */
  readonly tls: { readonly certificate: string; readonly key: string };
  /** How long it thinks about each request. */
  readonly takesMs?: number;
}): Promise<StandInWebhook> {
  let answered = 0;
  let closes: 'always' | 'never' = 'never';
  const server = createServer(
    { cert: tls.certificate, key: tls.key, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        void delay(takesMs).then(() => {
          answered++;
          response.writeHead(200, {
            'content-type': 'application/json',
            ...(closes === 'always' ? { connection: 'close' } : {}),
          });
          response.end(JSON.stringify(allow(body, name)));
        });
      });
    },
  );
  // Those in the midst of a handshake too, of which `closeAllConnections` knows nothing yet.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    name,
    port,
    answered: () => answered,
    closeAfterAnswer(close) {
      closes = close;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An AdmissionReview (admission.k8s.io/v1) that answers another one. */
function allow(review: string, name: string): object {
  const { request } = JSON.parse(review) as {
    readonly request: {
      readonly uid: string;
      readonly object: { readonly metadata: { readonly annotations?: object } };
    };
  };
  const annotations = { ...request.object.metadata.annotations, [ANSWERED_BY]: name };
  const patch = [{ op: 'add', path: '/metadata/annotations', value: annotations }];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  };
}
