// SPDX-License-Identifier: Apache-2.0
// The ClusterRole that owns the webhook configurations: with it they are removed when the operator is
// uninstalled, by Kubernetes' own garbage collection, whether the operator runs or not.
import { unlessMissing } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import { clusterRoleKind } from '../access/rbac-kinds.ts';

/** Finds the owner. */
export interface OwnerLookup {
  /**
   * Undefined where none is wanted, or the one that is does not exist: an owner that is not there would
   * have the configurations removed. @throws what the client throws, but for 404.
   */
  get(): Promise<{ readonly name: string; readonly uid: string } | undefined>;
  /** Looks it up again next time: somebody might have recreated it, which deleted the configurations. */
  forget(): void;
}

/** Looks the ClusterRole called `name` up, and remembers it. */
export function ownerClusterRole(
  client: KubeClient,
  name: string | undefined,
  log: Logger,
): OwnerLookup {
  let found: { readonly name: string; readonly uid: string } | undefined;
  let isKnown = name === undefined;
  let isMissed = false;

  return {
    async get() {
      if (isKnown || name === undefined) return found;
      const path = resourcePath(clusterRoleKind.resource, { name });
      const role = await unlessMissing(
        client.request<{ metadata: { uid: string } }>({ method: 'GET', path }),
      );
      found = role && { name, uid: role.metadata.uid };
      if (role === undefined && !isMissed) {
        log.warn(
          'The ClusterRole that is to own the webhook configurations does not exist: remove them by hand when you uninstall the operator',
          { clusterRole: name },
        );
        isMissed = true;
      }
      isKnown = true;
      return found;
    },
    forget: () => {
      isKnown = name === undefined;
    },
  };
}
