// SPDX-License-Identifier: Apache-2.0
// What the operator's service account needs and may not do.
import { reviewAccess } from '../../../kube/client/access-review.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import type { OperatorSettings } from './operator-settings.ts';
import { neededPermissions, type Permission } from './permissions.ts';

/** Asked of the API server, which knows of every binding. @throws ApiError */
export async function missingPermissionsOf(
  client: KubeClient,
  namespace: string,
  { serviceAccount, certSecret }: OperatorSettings,
): Promise<readonly Permission[]> {
  const account = { namespace, name: serviceAccount };
  const reviewed = await Promise.all(
    neededPermissions(namespace, certSecret).map(async (permission) => {
      const { verb, group, name } = permission;
      const [resource = '', subresource] = permission.resource.split('/');
      const { allowed } = await reviewAccess(client, account, {
        verb,
        group,
        resource,
        subresource,
        name,
        namespace: permission.namespace,
      });
      return allowed ? [] : [permission];
    }),
  );
  return reviewed.flat();
}
