// SPDX-License-Identifier: Apache-2.0
// A program of its own that issues one certificate: see issuer.ts.
import { text } from 'node:stream/consumers';
import { issueCertificateAuthority, issueServingCertificate } from './issue.ts';
import type { IssueAnswer, IssueTask } from './issuer.ts';
import type { KeyPair } from './key-pair.ts';

const task = JSON.parse(await text(process.stdin), revive) as IssueTask;
process.stdout.write(JSON.stringify(await answer()));

async function answer(): Promise<IssueAnswer> {
  try {
    return { pair: await issue() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function issue(): Promise<KeyPair> {
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
