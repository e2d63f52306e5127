// SPDX-License-Identifier: Apache-2.0
// With --admission=false nobody answers the webhooks that were registered before: left in place, they would
// refuse every pod with a GMSA, however well the platform's own webhook does.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import { backoffMs } from '../../kube/wait/backoff.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import type { KubeObject } from '../../kube/managed-object.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import { sleep } from '../../kube/wait/clock.ts';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
  WEBHOOK_CONFIGURATION_NAME,
} from './webhook-configurations.ts';

const BACKOFF = { baseMs: 250, maxMs: 15_000 };

/** Failures in a row before one is told; then now and again. */
const TOLD_FAILURES = 3;

/**
 * Deletes the configurations that an operator left which did serve admission; where there are none, it
 * only looks. Tries until it has come true or `signal` is aborted. Never rejects.
 */
export async function unregisterWebhooks(
  client: KubeClient,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    [mutatingWebhookKind, validatingWebhookKind].map(({ resource }) =>
      unregister({ client, log, signal }, resource),
    ),
  );
}

async function unregister(
  {
    client,
    log,
    signal,
  }: { readonly client: KubeClient; readonly log: Logger; readonly signal: AbortSignal },
  resource: Resource,
): Promise<void> {
  const what = `${resource.kind} ${WEBHOOK_CONFIGURATION_NAME}`;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      if ((await removeOurs(client, resource)) === 'removed') {
        log.info(`Removed the ${what}, for admission is not served by this operator any more`);
      }
      return;
    } catch (error) {
      const kind = classifyError(error);
      if (kind === 'aborted') return;
      if (kind === 'forbidden') {
        // Where the operator has no rights on them, there never were any.
        log.debug(`May not see to it that there is no ${what}`, { error });
        return;
      }
      if (failures === TOLD_FAILURES || failures % 10 === 0) {
        log.warn(`Cannot see to it that there is no ${what}, trying again`, { failures, error });
      }
      await sleep(backoffMs(failures, BACKOFF), signal).catch(() => undefined);
    }
  }
}

async function removeOurs(client: KubeClient, resource: Resource): Promise<'none' | 'removed'> {
  const path = resourcePath(resource, { name: WEBHOOK_CONFIGURATION_NAME });
  try {
    const { metadata } = await client.request<KubeObject>({ method: 'GET', path });
    if (metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY_VALUE) return 'none';
    const preconditions = { uid: metadata.uid };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    await client.request({ method: 'DELETE', path, body });
    return 'removed';
  } catch (error) {
    if (classifyError(error) === 'not-found') return 'none';
    throw error;
  }
}
