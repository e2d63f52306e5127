// SPDX-License-Identifier: Apache-2.0
// A TCP port on loopback that nobody listens on right now.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below what systems hand out to outgoing connections (Linux from 32768, macOS from 49152): while
// an API server is down, its port must not become a client's own, and a client that dials it must
// not meet itself.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 50;

/**
 * A free port. Somebody may take it before the caller listens on it, so whoever uses it retries
 * with another one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}
