// SPDX-License-Identifier: Apache-2.0
// A TCP proxy between a client and the API server that can be told to swallow what comes: connections stay open, and
// nothing passes any more. It knows nothing of TLS, which passes as it is.
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** See {@link startSwallowingProxy}. */
export interface SwallowingProxy {
  /** The kubeconfig that it was started with, by way of the proxy. */
  readonly kubeconfigPath: string;
  /** Swallows, from now on, what comes on the connections that there are; new ones work. Returns how many. */
  swallow(): number;
  stop(): Promise<void>;
}

/** Starts a proxy for the API server of a kubeconfig; `directory` takes its own kubeconfig. */
export async function startSwallowingProxy(
  kubeconfig: string,
  server: string,
  directory: string,
): Promise<SwallowingProxy> {
  const { hostname, port } = new URL(server);
  const pairs = new Set<readonly [Socket, Socket]>();

  const proxy = createServer((downstream) => {
    const upstream = connect(Number(port), hostname);
    const pair = [downstream, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));

  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const kubeconfigPath = join(directory, `swallowing-proxy-${new URL(url).port}.kubeconfig`);
  const text = await readFile(kubeconfig, 'utf8');
  await writeFile(kubeconfigPath, text.replaceAll(server, url), { mode: 0o600 });

  return {
    kubeconfigPath,
    swallow() {
      for (const sockets of pairs) {
        for (const socket of sockets) {
          socket.unpipe();
          // Read and dropped, so that TCP itself sees nothing wrong.
          socket.resume();
        }
      }
      return pairs.size;
    },
    async stop() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const sockets of pairs) for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
