// SPDX-License-Identifier: Apache-2.0
// (f) Requests straight to a webhook, without an API server in between: what the server itself can do.
import { request } from 'node:https';
import { startBenchProcess } from './bench-process.ts';
import type { CapturedRequest } from './captured-reviews.ts';
import type { Summary } from './statistics.ts';

/** Where a webhook answers, over HTTP/1.1 as behind a Service. */
export interface WebhookAddress {
  readonly host: string;
  readonly port: number;
  /** The name in its certificate, for SNI; empty where it has none but its address. */
  readonly servername: string;
  /** PEM. */
  readonly ca: string;
}

/** A webhook, and what it is asked. */
export interface StraightArm {
  readonly target: WebhookAddress;
  readonly request: CapturedRequest;
}

/** What the load program is told; all of it for each arm. */
export interface StraightLoadSetup {
  readonly arms: readonly StraightArm[];
  readonly connections: number;
  /** Before anything is counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What it found of an arm. */
export interface StraightLoad {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly latency: Summary;
}

/**
 * Runs the load to its end, the arms in turns of a tenth of a second; their figures are in their order.
 * @throws Error with what it said where an answer was not as it must be.
 */
export async function runStraightLoad(setup: StraightLoadSetup): Promise<readonly StraightLoad[]> {
  const program = await startBenchProcess('straight-load-program.ts', setup);
  // Waiting for a supervised process does not keep this one alive; whoever measures does.
  try {
    const reason = await program.exited;
    const output = await program.output();
    if (reason !== 'exit code 0') {
      const paths = setup.arms.map(({ request: { path } }) => path).join(', ');
      throw new Error(`requests straight to ${paths}: ${reason}: ${output}`);
    }
    return JSON.parse(output) as StraightLoad[];
  } finally {
    await program.close();
  }
}

/** One request, and the answer's body. */
export async function askStraight(
  { host, port, servername, ca }: WebhookAddress,
  { path, headers, body }: CapturedRequest,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host, port, servername, ca, path, method: 'POST', agent: false },
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve(text);
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
