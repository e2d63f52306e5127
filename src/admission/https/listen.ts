// SPDX-License-Identifier: Apache-2.0
// Binding to an address, with an error that says what to do.
import type { Server } from 'node:net';

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: on every address, IPv6 and IPv4. */
  readonly host?: string | undefined;
  /** 0: a free one. */
  readonly port: number;
}

/**
 * Resolves when the server listens.
 * @throws Error that names the address, and what to do.
 */
export function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host?.includes(':') === true ? `[${host}]` : (host ?? '')}:${port}`;
      reject(
        new Error(`the admission server cannot listen on ${where}: ${explain(error)}`, {
          cause: error,
        }),
      );
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      // After that, an error concerns one connection that could not be accepted.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function explain({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use; choose another';
    case 'EACCES':
      return 'no permission for this port; choose one from 1024 up';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    case undefined:
    default:
      return 'the system refused it';
  }
}
