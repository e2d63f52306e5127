// SPDX-License-Identifier: Apache-2.0
// A program of its own that issues certificates, one for each line of its input: see issuer.ts.
import { createInterface } from 'node:readline';
import { issueCertificateAuthority, issueServingCertificate } from './issue.ts';
import type { IssueAnswer, IssueTask } from './issuer.ts';
import type { KeyPair } from './key-pair.ts';

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line, revive) as IssueTask;
  process.stdout.write(`${JSON.stringify(await answer(task))}\n`);
}

async function answer(task: IssueTask): Promise<IssueAnswer> {
  try {
    return { pair: await issue(task) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function issue(task: IssueTask): Promise<KeyPair> {
  switch (task.issue) {
    case 'authority':
      return issueCertificateAuthority(task.request);
    case 'serving':
      return issueServingCertificate(task.request);
  }
}

/** JSON has a Date as text. */
function revive(key: string, value: unknown): unknown {
  return key === 'now' && typeof value === 'string' ? new Date(value) : value;
}
