// SPDX-License-Identifier: Apache-2.0
// With --admission=false no replica answers the webhooks that were registered before: left in place, they
// would refuse every pod with a GMSA, however well the platform's own webhook works.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { classifyError, type ErrorKind } from '../../kube/client/api-error.ts';
import { aborted } from '../../kube/wait/abort.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import type { KubeObject } from '../../kube/managed-object.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
  WEBHOOK_CONFIGURATION_NAME,
} from './webhook-configurations.ts';

const BACKOFF = { baseMs: 250, maxMs: 15_000 };

/** What an administrator runs in the operator's place. */
const COMMANDS: ReadonlyMap<Resource, string> = new Map([
  [mutatingWebhookKind.resource, 'kubectl delete mutatingwebhookconfigurations gmsa-operator'],
  [validatingWebhookKind.resource, 'kubectl delete validatingwebhookconfigurations gmsa-operator'],
]);

/** Failures in a row until a log line reports them; then every tenth. */
const LOGGED_FAILURES = 3;

/**
 * Deletes the configurations that an operator left which did serve admission; if there are none, it only
 * looks. Tries again until it has succeeded. Resolves when `signal` is aborted; never rejects.
 */
export async function unregisterWebhooks(
  client: KubeClient,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const resources = new Map(
    [mutatingWebhookKind, validatingWebhookKind].map(({ resource }) => [
      `${resource.kind} ${WEBHOOK_CONFIGURATION_NAME}`,
      resource,
    ]),
  );
  const queue = createWorkQueue({
    concurrency: resources.size,
    process: async (what) => {
      const resource = resources.get(what);
      if (resource !== undefined && (await removeOurs(client, resource)) === 'removed') {
        log.info(`Removed the ${what}, for admission is not served by this operator any more`);
      }
      return { type: 'done' };
    },
    errorBackoff: BACKOFF,
    onError: (what, error, failures) => {
      if (classifyError(error) === 'aborted') return;
      if (failures === LOGGED_FAILURES || failures % 10 === 0) {
        log.warn(`Cannot see to it that there is no ${what}, trying again`, { failures, error });
      }
    },
  });
  for (const what of resources.keys()) queue.add(what, 'high');
  await aborted(signal);
  await queue.stop();
}

/**
 * `none` also if the operator may not even read them: then it never created any.
 * @throws what the client throws; Error with the remedy if the operator may not delete them.
 */
async function removeOurs(client: KubeClient, resource: Resource): Promise<'none' | 'removed'> {
  const path = resourcePath(resource, { name: WEBHOOK_CONFIGURATION_NAME });
  const live = await client
    .request<KubeObject>({ method: 'GET', path })
    .catch(unless('forbidden', 'not-found'));
  if (live?.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY_VALUE) return 'none';
  const preconditions = { uid: live.metadata.uid };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
  try {
    await client.request({ method: 'DELETE', path, body }).catch(unless('not-found'));
  } catch (error) {
    if (classifyError(error) !== 'forbidden') throw error;
    throw new Error(
      `the operator's ClusterRole does not allow it to delete the configuration, and pods with a GMSA are refused until it is gone. Delete it: ${COMMANDS.get(resource) ?? ''}`,
      { cause: error },
    );
  }
  return 'removed';
}

/** Lets errors of these kinds pass. */
function unless(...kinds: readonly ErrorKind[]): (error: unknown) => undefined {
  return (error) => {
    if (!kinds.includes(classifyError(error))) throw error;
    return undefined;
  };
}
