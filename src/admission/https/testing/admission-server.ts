// SPDX-License-Identifier: Apache-2.0
// Servers on loopback for tests, which clean up after themselves.
import type { AdmissionAnswer, AdmissionHandler } from '../../handler.ts';
import type { ServingCertificate } from '../certificate.ts';
import {
  type AdmissionServer,
  type AdmissionServerOptions,
  startAdmissionServer,
} from '../server.ts';
import { createTestCertificate } from './certificates.ts';
import { connectHttp1, type Http1Client } from './http1-client.ts';

/** Servers and clients of a test file. */
export interface TestServers {
  /** With a certificate that the clients trust, unless another one is given. */
  start(options?: Partial<AdmissionServerOptions>): Promise<AdmissionServer>;
  /** With a certificate that is trusted in place of the servers' own, where one is given. */
  connect(server: AdmissionServer, certificate?: ServingCertificate): Promise<Http1Client>;
  /** What servers are started with, where nothing else is said. */
  certificate(): Promise<ServingCertificate>;
  /** Ends them all. */
  readonly cleanUp: () => Promise<void>;
}

/** A handler that answers with the path and the length of the text. */
export const ECHO: AdmissionHandler = (path, body) =>
  Promise.resolve(json({ path, length: body.length }));

/** An answer with this body. */
export function json(body: unknown): AdmissionAnswer {
  return { code: 200, contentType: 'application/json', body: JSON.stringify(body) };
}

/** No servers yet. */
export function createTestServers(): TestServers {
  const cleanUps: (() => Promise<void> | void)[] = [];
  let own: Promise<ServingCertificate> | undefined;
  const certificate = (): Promise<ServingCertificate> => (own ??= createTestCertificate('test'));
  return {
    certificate,
    start: async (options) => {
      const server = await startAdmissionServer({
        address: { host: '127.0.0.1', port: 0 },
        handler: ECHO,
        certificate: await certificate(),
        ...options,
      });
      cleanUps.push(() => server.close());
      return server;
    },
    connect: async ({ port }, trusted) => {
      const client = await connectHttp1(port, { ca: (trusted ?? (await certificate())).cert });
      cleanUps.push(() => {
        client.close();
      });
      return client;
    },
    cleanUp: async () => {
      // Clients first, which lets servers close at once.
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    },
  };
}
