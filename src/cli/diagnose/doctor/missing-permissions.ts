// SPDX-License-Identifier: Apache-2.0
// What the operator's service account needs and may not do.
import type { KubeClient } from '../../../kube/client/client.ts';
import { reviewAccess } from '../../access-review.ts';
import type { OperatorSettings } from './operator-settings.ts';
import { neededPermissions, type Permission } from './permissions.ts';

/** Asked of the API server, which knows of every binding. @throws ApiError */
export async function missingPermissionsOf(
  client: KubeClient,
  namespace: string,
  { serviceAccount, certSecret }: OperatorSettings,
): Promise<readonly Permission[]> {
  const answers = await Promise.all(
    neededPermissions(namespace, certSecret).map(async (permission) => ({
      permission,
      allowed: await isAllowed(client, { namespace, name: serviceAccount }, permission),
    })),
  );
  return answers.flatMap(({ permission, allowed }) => (allowed ? [] : [permission]));
}

async function isAllowed(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  { verb, group, resource, name, namespace }: Permission,
): Promise<boolean> {
  const [plural, subresource] = resource.split('/');
  const status = await reviewAccess(client, account, {
    verb,
    group,
    resource: plural,
    subresource,
    name,
    namespace,
  });
  return status?.allowed === true;
}
