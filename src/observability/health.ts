// SPDX-License-Identifier: Apache-2.0
// Health endpoints as data, in the words and with the codes of controller-runtime's and the API
// server's: `ok`, or a list of checks and 500.
import { setTimeout } from 'node:timers/promises';

/** A named check. */
export interface HealthCheck {
  /** As it stands in the path: `/readyz/<name>`. */
  readonly name: string;
  /** Why it fails; undefined where all is well. A throw is a failure, too. */
  readonly check: () => Promise<string | undefined> | string | undefined;
}

/** The checks of each endpoint. */
export interface HealthEndpoints {
  readonly healthz: readonly HealthCheck[];
  readonly readyz: readonly HealthCheck[];
}

/** An answer; undefined status means that there is no such path. */
export interface HealthAnswer {
  readonly status: 200 | 404 | 500;
  readonly body: string;
}

/** A probe should be told of a check that hangs, not hang with it. */
const CHECK_TIMEOUT_MS = 1_000;

/**
 * Answers `/healthz`, `/readyz` and their `/<check>` paths. With the query `verbose`, or when a check
 * fails, the body lists them all; the query `exclude=<check>` leaves one out.
 */
export async function answerHealth(
  endpoints: HealthEndpoints,
  path: string,
  query: URLSearchParams,
): Promise<HealthAnswer> {
  const [, endpoint = '', name, ...rest] = path.split('/');
  if ((endpoint !== 'healthz' && endpoint !== 'readyz') || rest.length > 0) return NOT_FOUND;
  const checks = endpoints[endpoint];
  if (name !== undefined && name !== '') {
    const check = checks.find((candidate) => candidate.name === name);
    if (check === undefined) return NOT_FOUND;
    const failure = await run(check);
    return failure === undefined
      ? { status: 200, body: 'ok' }
      : { status: 500, body: `${name} failed: ${failure}\n` };
  }
  const excluded = new Set(query.getAll('exclude'));
  const lines = await Promise.all(
    checks.map(async (check) => {
      if (excluded.has(check.name)) return `[+]${check.name} excluded: ok`;
      const failure = await run(check);
      return failure === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: ${failure}`;
    }),
  );
  const failed = lines.some((line) => line.startsWith('[-]'));
  if (!failed && !query.has('verbose')) return { status: 200, body: 'ok' };
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  return { status: failed ? 500 : 200, body: `${lines.join('\n')}\n` };
}

/** The answer to a path that is not served, in the words of Go's servers. */
export const NOT_FOUND: HealthAnswer = { status: 404, body: '404 page not found\n' };

async function run({ check }: HealthCheck): Promise<string | undefined> {
  const timeout = setTimeout(CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS / 1000} s`, {
    ref: false,
  });
  try {
    return (await Promise.race([check(), timeout]))?.replace(/\s+/g, ' ');
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  }
}
