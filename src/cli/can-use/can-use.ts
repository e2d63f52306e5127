// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa can-use`: asks the API server and says why.
import { quoted } from '../../api/printable.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { entryOf, entryProblem } from '../allowed-entries.ts';
import { printAnswer } from '../answer.ts';
import { usageError } from '../cli-error.ts';
import {
  assertCredspecName,
  getCredspec,
  installedDefinition,
  type StoredCredspec,
} from '../credspecs.ts';
import { readObject } from '../diagnose/reading.ts';
import { SERVICE_ACCOUNTS } from '../diagnose/resources.ts';
import type { Verdict } from '../exit-code.ts';
import type { CommandInput } from '../command.ts';
import { askedNotInForce } from './asked-not-in-force.ts';
import type { UseRequest } from './granting-bindings.ts';
import { findGrants, reviewUse } from './review-use.ts';
import { useAnswer } from './use-answer.ts';
import type { CAN_USE_FLAGS } from './command.ts';

/** Runs the command. */
export async function run({
  args: [name = '', given = ''],
  flags,
  io,
  withCluster,
}: CommandInput<typeof CAN_USE_FLAGS>): Promise<Verdict> {
  assertCredspecName(name);
  const request = { credspec: name, ...serviceAccountOf(entryOf(given, flags.namespace)) };
  const answer = await withCluster(flags, async ({ client }) => {
    const [review, found, serviceAccountExists, credspec] = await Promise.all([
      reviewUse(client, request),
      findGrants(client, request),
      exists(client, request),
      readCredspec(client, name),
    ]);
    const notInForce =
      review.allowed || credspec === undefined
        ? undefined
        : askedNotInForce(credspec, request, await installedDefinition(client));
    return { request, review, serviceAccountExists, notInForce, ...found };
  });
  await printAnswer(io, flags.output, useAnswer(answer));
  return answer.review.allowed ? 'ok' : 'no';
}

function serviceAccountOf(entry: string): Omit<UseRequest, 'credspec'> {
  const problem = entryProblem(entry);
  if (problem !== undefined) {
    throw usageError(problem, 'write namespace/name, or the name alone with --namespace');
  }
  const [namespace = '', serviceAccount = ''] = entry.split('/');
  if (serviceAccount !== '*') return { namespace, serviceAccount };
  throw usageError(
    `${quoted(entry)} is no single service account`,
    'ask about one of them; pods run as "default" where they name none',
  );
}

/** @throws CliError where there is none. Whoever may ask who may use it need not be able to read it. */
async function readCredspec(client: KubeClient, name: string): Promise<StoredCredspec | undefined> {
  try {
    return await getCredspec(client, name);
  } catch (error) {
    if (classifyError(error) !== 'forbidden') throw error;
    return undefined;
  }
}

/** Undefined if the user is not allowed to read it. */
async function exists(
  client: KubeClient,
  { namespace, serviceAccount: name }: UseRequest,
): Promise<boolean | undefined> {
  const { type } = await readObject(client, SERVICE_ACCOUNTS, { namespace, name });
  return type === 'unreadable' ? undefined : type === 'read';
}
