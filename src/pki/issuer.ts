// SPDX-License-Identifier: Apache-2.0
// Who issues certificates: a process of its own, that ends when there is nothing more to issue. What issues them
// is a large library, which is needed twice in two months, and what a process has loaded it never gives back: 8 MB.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { IssueAuthorityRequest, IssueServingRequest } from './issue.ts';
import type { KeyPair } from './key-pair.ts';

/** Issues as `issue.ts` does, wherever it does so. Its errors are thrown as errors of the same message. */
export interface Issuer {
  issueCertificateAuthority(request: IssueAuthorityRequest): Promise<KeyPair>;
  issueServingCertificate(request: IssueServingRequest): Promise<KeyPair>;
}

/** What the process is asked: a line of JSON on its standard input. */
export type IssueTask =
  | { readonly issue: 'authority'; readonly request: IssueAuthorityRequest }
  | { readonly issue: 'serving'; readonly request: IssueServingRequest };

/** What it answers: a line of JSON on its standard output for each, in their order. */
export type IssueAnswer = { readonly pair: KeyPair } | { readonly problem: string };

/** It takes a fraction of a second; on a machine that has no time for it, more. */
const TIMEOUT_MS = 30_000;

/** A new CA is soon followed by a certificate of it, and to start the process takes longer than to issue. */
const IDLE_MS = 20_000;

/**
 * An issuer that runs `program`, `issue-program.ts` as it was built, with this Node. `idleMs`: how long it is kept
 * for more. It does not keep this process alive.
 */
export function createIssuer(program: URL, { idleMs = IDLE_MS } = {}): Issuer {
  let running: IssuerProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let underWay = 0;

  async function issue(task: IssueTask): Promise<KeyPair> {
    clearTimeout(idle);
    underWay += 1;
    if (running?.hasEnded() !== false) running = startProcess(program);
    try {
      return await running.ask(task);
    } finally {
      underWay -= 1;
      if (underWay === 0) {
        idle = setTimeout(() => {
          running?.end();
        }, idleMs).unref();
      }
    }
  }

  return {
    issueCertificateAuthority: (request) => issue({ issue: 'authority', request }),
    issueServingCertificate: (request) => issue({ issue: 'serving', request }),
  };
}

interface IssuerProcess {
  ask(task: IssueTask): Promise<KeyPair>;
  end(): void;
  hasEnded(): boolean;
}

/** Keys go through pipes, which nobody else can read, and neither through arguments nor the environment. */
function startProcess(program: URL): IssuerProcess {
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    [fileURLToPath(program)],
    // What the operator is given for debugging is not meant for this.
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'pipe' },
  );
  let hasEnded = false;
  let complaints = '';
  const waiting: PromiseWithResolvers<KeyPair>[] = [];
  const fail = (error: Error): void => {
    hasEnded = true;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  child.once('error', fail);
  child.once('close', (code, signal) => {
    const end = signal ?? `exit code ${String(code)}`;
    fail(new Error(`the process that issues certificates ended with ${end}: ${complaints.trim()}`));
  });
  // Where there is no process there are no pipes; the error comes later.
  if (child.pid !== undefined) {
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref();
    // One that ends before it has read all says so by its end.
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-2_000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const asked = waiting.shift();
      try {
        const answer = JSON.parse(line) as IssueAnswer;
        if ('pair' in answer) asked?.resolve(answer.pair);
        else asked?.reject(new Error(answer.problem));
      } catch (error) {
        asked?.reject(error);
        child.kill('SIGKILL');
      }
    });
  }

  return {
    ask: async (task) => {
      const asked = Promise.withResolvers<KeyPair>();
      waiting.push(asked);
      if (child.pid !== undefined) child.stdin.write(`${JSON.stringify(task)}\n`);
      const timeout = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      try {
        return await asked.promise;
      } finally {
        clearTimeout(timeout);
      }
    },
    end: () => {
      // One that was never there has no pipe to be closed.
      if (!hasEnded) child.stdin.end();
      hasEnded = true;
    },
    hasEnded: () => hasEnded,
  };
}
