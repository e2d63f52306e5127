// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HealthCheck } from './health.ts';
import { type HttpServer, startHealthServer } from './http.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function health(readyz: readonly HealthCheck[]): Promise<string> {
  const server = await startHealthServer({
    address: LOOPBACK,
    healthz: [{ name: 'ping', check: () => undefined }],
    readyz,
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

async function get(url: string, init?: RequestInit): Promise<readonly [number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

const OK: HealthCheck = { name: 'informers', check: () => undefined };
const FAILING: HealthCheck = { name: 'crd', check: () => Promise.resolve('not\ninstalled') };

describe('startHealthServer', () => {
  it('says ok, and no more unless asked', async () => {
    const url = await health([OK]);
    expect(await get(`${url}/healthz`)).toEqual([200, 'ok']);
    expect(await get(`${url}/readyz`)).toEqual([200, 'ok']);
    expect(await get(`${url}/readyz?verbose`)).toEqual([
      200,
      '[+]informers ok\nreadyz check passed\n',
    ]);
    expect(await get(`${url}/readyz/informers`)).toEqual([200, 'ok']);
  });

  it('answers 500 with every check and its reason when one fails', async () => {
    const url = await health([OK, FAILING]);
    expect(await get(`${url}/healthz`)).toEqual([200, 'ok']);
    expect(await get(`${url}/readyz`)).toEqual([
      500,
      '[+]informers ok\n[-]crd failed: not installed\nreadyz check failed\n',
    ]);
    expect(await get(`${url}/readyz/crd`)).toEqual([500, 'crd failed: not installed\n']);
    expect(await get(`${url}/readyz?exclude=crd`)).toEqual([200, 'ok']);
  });

  it('takes a check that throws or hangs for a failure', async () => {
    const url = await health([
      {
        name: 'throws',
        check: () => {
          throw new Error('a bug');
        },
      },
      { name: 'hangs', check: () => new Promise(() => undefined) },
    ]);
    expect(await get(`${url}/readyz`)).toEqual([
      500,
      '[-]throws failed: a bug\n[-]hangs failed: no answer within 1 s\nreadyz check failed\n',
    ]);
  });

  it('knows no other paths', async () => {
    const url = await health([OK]);
    for (const path of ['/', '/metrics', '/readyz/none', '/readyz/informers/x', '//readyz']) {
      expect(await get(url + path)).toEqual([404, '404 page not found\n']);
    }
  });

  it('answers GET and HEAD only', async () => {
    const url = await health([OK]);
    expect(await get(`${url}/readyz`, { method: 'HEAD' })).toEqual([200, '']);
    const response = await fetch(`${url}/readyz`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('refuses headers that are too large', async () => {
    const url = await health([OK]);
    const [status] = await get(`${url}/readyz`, { headers: { 'x-big': 'x'.repeat(20_000) } });
    expect(status).toBe(431);
  });

  it('closes while a client holds a connection open', async () => {
    const server = await startHealthServer({ address: LOOPBACK, healthz: [], readyz: [] });
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /healthz HTTP/1.1\r\n');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  it('names the flag when the port is in use', async () => {
    const taken = new URL(await health([]));
    await expect(
      startHealthServer({
        address: { host: '127.0.0.1', port: Number(taken.port) },
        healthz: [],
        readyz: [],
      }),
    ).rejects.toThrow(
      `--health-probe-bind-address: cannot listen on 127.0.0.1:${taken.port}: the address is in use; choose another, or 0 to switch this server off`,
    );
  });

  it('listens on every address where no host is given', async () => {
    const server = await startHealthServer({ address: { port: 0 }, healthz: [], readyz: [] });
    servers.push(server);
    expect(await get(`http://127.0.0.1:${server.port}/healthz`)).toEqual([200, 'ok']);
  });
});
