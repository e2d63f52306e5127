// SPDX-License-Identifier: Apache-2.0
// Which clients a server lets in that holds them to a client certificate, over real TLS on loopback.
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AdmissionServer } from './server.ts';
import { createTestServers } from './testing/admission-server.ts';
import { createTestPair, type TestPair } from './testing/certificates.ts';
import { connectHttp1, type Http1Client, post } from './testing/http1-client.ts';

const servers = createTestServers();

afterEach(servers.cleanUp);

const MINUTE_MS = 60_000;

const clientOf = (
  issuer: TestPair,
  options: Partial<Parameters<typeof createTestPair>[0]> = {},
): Promise<TestPair> => createTestPair({ commonName: 'kube-apiserver', issuer, ...options });

const authority = (commonName: string): Promise<TestPair> =>
  createTestPair({ commonName, isAuthority: true });

let ca: TestPair;
let other: TestPair;
let client: TestPair;

beforeAll(async () => {
  [ca, other] = [await authority('ca'), await authority('other')];
  client = await clientOf(ca);
});

/** How a client presents this pair, with what lies between it and its root. */
function presenting(pair: TestPair, ...between: readonly TestPair[]): ConnectionOptions {
  return {
    cert: [pair, ...between].map(({ cert }) => cert).join(''),
    key: pair.key,
  };
}

async function connectTo(
  { port }: AdmissionServer,
  options: ConnectionOptions,
): Promise<Http1Client> {
  const { cert } = await servers.certificate();
  return connectHttp1(port, { ca: cert, ...options });
}

async function codeOf(connection: Http1Client): Promise<number | undefined> {
  connection.send(post('/mutate', '{}'));
  return (await connection.answer())?.code;
}

/** The code of the answer, or that there is none. A client of TLS 1.3 learns of a refusal after its handshake. */
async function call(
  server: AdmissionServer,
  options: ConnectionOptions,
): Promise<number | 'refused'> {
  try {
    const connection = await connectTo(server, options);
    const code = await codeOf(connection);
    connection.close();
    return code ?? 'refused';
  } catch {
    return 'refused';
  }
}

/** A server that counts the requests which come through. */
async function startHeldTo(clientCa: string) {
  let requests = 0;
  const failures: string[] = [];
  const server = await servers.start({
    clientCa,
    observer: {
      requestStarted: () => {
        requests += 1;
        return () => undefined;
      },
      handshakeFailed: (_, reason) => void failures.push(reason),
    },
  });
  return { server, failures, requests: () => requests };
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a server with a client CA, by %s', (version) => {
  const by = (options: ConnectionOptions = {}): ConnectionOptions => ({
    ...options,
    minVersion: version,
    maxVersion: version,
  });

  it('answers a client with a certificate of that CA', async () => {
    const { server } = await startHeldTo(ca.cert);
    expect(await call(server, by(presenting(client)))).toBe(200);
  });

  it.each([
    ['no certificate', () => Promise.resolve({}), /peer did not return a certificate/],
    ['one of another CA', async () => presenting(await clientOf(other)), /not accepted: /],
    [
      'one that has expired',
      async () => presenting(await clientOf(ca, { notAfter: new Date(Date.now() - MINUTE_MS) })),
      /not accepted: CERT_HAS_EXPIRED/,
    ],
    [
      'one that is not valid yet',
      async () => presenting(await clientOf(ca, { notBefore: new Date(Date.now() + MINUTE_MS) })),
      /not accepted: CERT_NOT_YET_VALID/,
    ],
    [
      'one that is for servers only',
      async () => presenting(await clientOf(ca, { usage: 'serverAuth' })),
      /not accepted: INVALID_PURPOSE/,
    ],
    [
      'one that signed itself and claims the name of the CA',
      async () => presenting(await authority('ca')),
      /not accepted: /,
    ],
  ])('answers nothing to a client with %s, and says why', async (_what, options, reason) => {
    const { server, failures, requests } = await startHeldTo(ca.cert);
    expect(await call(server, by(await options()))).toBe('refused');
    expect(requests()).toBe(0);
    expect(failures).toEqual([expect.stringMatching(reason)]);
  });
});

describe('a client CA', () => {
  it('may be a bundle: each of its CAs is trusted', async () => {
    const { server } = await startHeldTo(other.cert + ca.cert);
    for (const issuer of [ca, other]) {
      expect(await call(server, presenting(await clientOf(issuer)))).toBe(200);
    }
  });

  it('signs through another one that the client presents', async () => {
    const between = await clientOf(ca, { commonName: 'between', isAuthority: true });
    const { server } = await startHeldTo(ca.cert);
    expect(await call(server, presenting(await clientOf(between), between))).toBe(200);
    expect(await call(server, presenting(await clientOf(between)))).toBe('refused');
  });

  it('has to lead to a CA that signed itself, as no certificate would verify otherwise', async () => {
    const between = await clientOf(ca, { commonName: 'between', isAuthority: true });
    await expect(servers.start({ clientCa: between.cert })).rejects.toThrow(
      'certificate 1 of the client CA bundle (CN=between) was signed by CN=ca, which the bundle does not hold: add it',
    );
    const { server } = await startHeldTo(between.cert + ca.cert);
    expect(await call(server, presenting(await clientOf(between)))).toBe(200);
  });

  it('is read before anything listens', async () => {
    await expect(servers.start({ clientCa: 'rubbish' })).rejects.toThrow(
      'the client CA bundle holds no certificate: it has to be PEM',
    );
    await expect(servers.start({ clientCa: ca.cert + other.cert.slice(0, 300) })).rejects.toThrow(
      'certificate 2 of the client CA bundle cannot be read',
    );
  });

  it('is asked for before there is a serving certificate, and stays when that changes', async () => {
    const server = await servers.start({ clientCa: ca.cert, certificate: undefined });
    server.setCertificate(await servers.certificate());
    expect(await call(server, {})).toBe('refused');
    expect(await call(server, presenting(client))).toBe(200);
  });

  it('cannot be given to a server that was started without one', async () => {
    const server = await servers.start();
    expect(() => {
      server.setClientCa(ca.cert);
    }).toThrow('the server was started without a client CA');
    expect(await call(server, {})).toBe(200);
  });
});

describe('a client CA that changes', () => {
  it('holds new connections to the new one, and gives open ones one more answer', async () => {
    const { server } = await startHeldTo(ca.cert);
    const open = await connectTo(server, presenting(client));
    expect(await codeOf(open)).toBe(200);
    expect(await codeOf(open)).toBe(200);
    server.setClientCa(other.cert);
    expect(await call(server, presenting(client))).toBe('refused');
    expect(await call(server, presenting(await clientOf(other)))).toBe(200);
    open.send(post('/mutate', '{}'));
    expect(await open.answer()).toMatchObject({ code: 200, headers: { connection: 'close' } });
    await open.closed;
  });

  it('leaves open connections alone where it is the same', async () => {
    const { server } = await startHeldTo(ca.cert);
    const open = await connectTo(server, presenting(client));
    server.setClientCa(ca.cert);
    server.setCertificate(await servers.certificate());
    for (let i = 0; i < 3; i += 1) {
      open.send(post('/mutate', '{}'));
      expect(await open.answer()).toMatchObject({ headers: { connection: 'keep-alive' } });
    }
  });

  it('is not evaded by a session of before', async () => {
    const { server } = await startHeldTo(ca.cert);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      server.setClientCa(ca.cert);
      const options = { ...presenting(client), maxVersion };
      const session = await sessionWith(server, options);
      expect(await call(server, { ...options, session })).toBe(200);
      server.setClientCa(other.cert);
      expect(await call(server, { ...options, session })).toBe('refused');
    }
  });

  it('stays as it was where the new one is damaged', async () => {
    const { server } = await startHeldTo(ca.cert);
    for (const damaged of ['', 'rubbish', other.cert.slice(0, 300)]) {
      expect(() => {
        server.setClientCa(damaged);
      }).toThrow('the client CA bundle');
      expect(await call(server, presenting(client))).toBe(200);
      expect(await call(server, {})).toBe('refused');
    }
  });
});

/** What a client needs to resume its session; it comes with or after the first answer. */
async function sessionWith({ port }: AdmissionServer, options: ConnectionOptions): Promise<Buffer> {
  const { cert } = await servers.certificate();
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: cert, ...options });
  const came = once(socket, 'session') as Promise<[Buffer]>;
  socket.write(post('/mutate', '{}'));
  await once(socket, 'data');
  const [session] = await came;
  socket.destroy();
  return session;
}
