// SPDX-License-Identifier: Apache-2.0
// A client in a process of its own that holds connections to the admission server by sending bodies slowly, and comes
// again when one is closed: `node slow-bodies-program.ts <JSON of SlowBodies>`. It writes the number of requests that
// it has begun, a line each second.
import { setTimeout as delay } from 'node:timers/promises';
import { connectHttp1 } from '../../src/admission/https/testing/http1-client.ts';

/** What the program is told. */
export interface SlowBodies {
  readonly connections: number;
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  /** PEM. */
  readonly ca: string;
}

const HEAD =
  'POST /mutate HTTP/1.1\r\nhost: webhook\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n';
const DRIP_MS = 500;
const REOPEN_MS = 500;

const { connections, port, ...options } = JSON.parse(process.argv[2] ?? '') as SlowBodies;
let begun = 0;

async function hold(): Promise<never> {
  for (;;) {
    try {
      const client = await connectHttp1(port, options);
      client.send(HEAD);
      begun += 1;
      const drip = setInterval(() => {
        client.send('{');
      }, DRIP_MS);
      await client.closed;
      clearInterval(drip);
    } catch {
      // Refused: as good as closed.
    }
    await delay(REOPEN_MS);
  }
}

setInterval(() => {
  process.stdout.write(`${begun}\n`);
}, 1_000);
await Promise.all(Array.from({ length: connections }, hold));
