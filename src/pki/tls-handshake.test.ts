// SPDX-License-Identifier: Apache-2.0
// Certificates as they are for: a TLS client that trusts a bundle, and a server that rotates.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { joinBundle } from './certificate.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import { HOUR, newAuthority, newServing } from './testing/certificates.ts';

const NAME = 'gmsa-operator-webhook.gmsa-operator-system.svc';

/** A handshake looks at the clock of the machine. */
const NOW = new Date();

const previous = await newAuthority({ now: new Date(NOW.getTime() - HOUR) });
const current = await newAuthority({ now: NOW });
const stranger = await newAuthority({ now: NOW });
const bundle = joinBundle([previous.leaf, current.leaf]);

let server: Server;

beforeAll(async () => {
  server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

function serve({ certificate, privateKey }: CheckedKeyPair): void {
  server.setSecureContext({ cert: certificate, key: privateKey });
}

/** `accepted`, or the code of what the client has against the server. */
async function handshake(ca: string, servername: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const host = '127.0.0.1';
  return new Promise((resolve) => {
    const socket = connect({ port, host, ca, servername, minVersion: 'TLSv1.2' }, () => {
      socket.destroy();
      resolve('accepted');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
}

async function issued(authority: CheckedKeyPair, validityMs = HOUR): Promise<CheckedKeyPair> {
  return newServing(authority, {
    now: NOW,
    validityMs,
    dnsNames: [NAME],
    ipAddresses: ['127.0.0.1', '::1'],
  });
}

describe('a client with a bundle of two CAs', () => {
  it('takes the certificates of both, by name', async () => {
    for (const authority of [previous, current]) {
      serve(await issued(authority));
      expect(await handshake(bundle, NAME)).toBe('accepted');
    }
  });

  it('takes them by IP address', async () => {
    serve(await issued(current));
    expect(await handshake(bundle, '')).toBe('accepted');
  });

  it('takes no other name', async () => {
    serve(await issued(current));
    expect(await handshake(bundle, 'other.gmsa-operator-system.svc')).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('takes no certificate of a third CA', async () => {
    serve(await issued(stranger));
    expect(await handshake(bundle, NAME)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('takes no certificate that has expired', async () => {
    const past = new Date(NOW.getTime() - HOUR);
    serve(await newServing(current, { now: past, validityMs: HOUR / 2, dnsNames: [NAME] }));
    expect(await handshake(bundle, NAME)).toBe('CERT_HAS_EXPIRED');
  });
});
