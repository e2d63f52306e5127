// SPDX-License-Identifier: Apache-2.0
// With --admission=false nobody answers the webhooks that were registered before: left in place, they would
// refuse every pod with a GMSA, however well the platform's own webhook does.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { classifyError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Logger } from '../../kube/logger.ts';
import type { KubeObject } from '../../kube/managed-object.ts';
import { resourcePath } from '../../kube/resource.ts';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
  WEBHOOK_CONFIGURATION_NAME,
} from './webhook-configurations.ts';

/**
 * Deletes the configurations that an operator left which did serve admission; where there are none, it
 * only looks. What it may not do, it says. Never rejects.
 */
export async function unregisterWebhooks(client: KubeClient, log: Logger): Promise<void> {
  for (const { resource } of [mutatingWebhookKind, validatingWebhookKind]) {
    const path = resourcePath(resource, { name: WEBHOOK_CONFIGURATION_NAME });
    const what = `${resource.kind} ${WEBHOOK_CONFIGURATION_NAME}`;
    try {
      const { metadata } = await client.request<KubeObject>({ method: 'GET', path });
      if (metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY_VALUE) continue;
      const { uid } = metadata;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
      await client.request({ method: 'DELETE', path, body });
      log.info(`Removed the ${what}, for admission is not served by this operator any more`);
    } catch (error) {
      const kind = classifyError(error);
      if (kind === 'not-found' || kind === 'aborted') continue;
      // Where the operator has no rights on them, there never were any.
      const level = kind === 'forbidden' ? 'debug' : 'warn';
      log[level](`Cannot see to it that there is no ${what}`, { error });
    }
  }
}
