// SPDX-License-Identifier: Apache-2.0
// Who issues certificates: a process of its own, that ends when it has done so. What issues them is a large
// library, which is needed twice in two months, and what a process has loaded it never gives back: 8 MB.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { IssueAuthorityRequest, IssueServingRequest } from './issue.ts';
import type { KeyPair } from './key-pair.ts';

/** Issues as `issue.ts` does, wherever it does so. Its errors are thrown as errors of the same message. */
export interface Issuer {
  issueCertificateAuthority(request: IssueAuthorityRequest): Promise<KeyPair>;
  issueServingCertificate(request: IssueServingRequest): Promise<KeyPair>;
}

/** What the process is asked, as JSON on its standard input. */
export type IssueTask =
  | { readonly issue: 'authority'; readonly request: IssueAuthorityRequest }
  | { readonly issue: 'serving'; readonly request: IssueServingRequest };

/** What it answers, as JSON on its standard output. */
export type IssueAnswer = { readonly pair: KeyPair } | { readonly problem: string };

/** It takes a fraction of a second; on a machine that has no time for it, more. */
const TIMEOUT_MS = 30_000;

/** An issuer that runs `program`, `issue-program.ts` as it was built, with this Node, once for each certificate. */
export function createIssuer(program: URL): Issuer {
  return {
    issueCertificateAuthority: (request) => run(program, { issue: 'authority', request }),
    issueServingCertificate: (request) => run(program, { issue: 'serving', request }),
  };
}

/** Keys go through pipes, which nobody else can read, and neither through arguments nor the environment. */
async function run(program: URL, task: IssueTask): Promise<KeyPair> {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    // What the operator is given for debugging is not meant for this.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(signal ?? `exit code ${String(code)}`);
    });
  });
  // Where there is no process there are no pipes.
  if (child.pid === undefined) await ended;
  // One that ends before it has read all says so by its end.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(task));
  const [output, complaints, end] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    ended,
  ]);
  if (end !== 'exit code 0') {
    throw new Error(`the process that issues certificates ended with ${end}: ${complaints.trim()}`);
  }
  const answer = JSON.parse(output) as IssueAnswer;
  if ('problem' in answer) throw new Error(answer.problem);
  return answer.pair;
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
