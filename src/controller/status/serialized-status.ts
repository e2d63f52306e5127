// SPDX-License-Identifier: Apache-2.0
// A credspec's status as one string that is equal where the status is: small to keep, cheap to
// compare. It holds only what the operator writes; conditions of others are not its business.
import type { CredspecStatus } from '../../api/credspec.ts';

const CONDITION_TYPES = ['Ready', 'Valid', 'AccessGranted', 'AdmissionReady'] as const;

/** Serializes what we write of a status; the empty string where there is nothing. */
export function serializeStatus(status: CredspecStatus | undefined): string {
  if (status === undefined) return '';
  const ours: CredspecStatus = {
    // In a fixed order of keys, whatever order they came in.
    ...pick(status, 'observedGeneration'),
    ...pick(status, 'observedAnnotationHash'),
    ...pick(status, 'clusterRole'),
    ...pick(status, 'allowedSummary'),
    // Empty and absent are the same: server-side apply keeps what is sent, older CRDs what they like.
    missingNamespaces: status.missingNamespaces ?? [],
    warnings: status.warnings ?? [],
    bindings: (status.bindings ?? []).map((binding) => ({
      namespace: binding.namespace,
      ...pick(binding, 'serviceAccounts'),
      ...pick(binding, 'allServiceAccounts'),
    })),
    conditions: CONDITION_TYPES.flatMap((type) => {
      const condition = status.conditions?.find((candidate) => candidate.type === type);
      return condition === undefined
        ? []
        : [
            {
              type,
              status: condition.status,
              reason: condition.reason,
              message: condition.message,
              lastTransitionTime: condition.lastTransitionTime,
              ...pick(condition, 'observedGeneration'),
            },
          ];
    }),
  };
  return JSON.stringify(ours);
}

/** The status that {@link serializeStatus} made a string of. */
export function parseSerializedStatus(serialized: string): CredspecStatus | undefined {
  return serialized === '' ? undefined : (JSON.parse(serialized) as CredspecStatus);
}

function pick<T, K extends keyof T>(object: T, key: K): Partial<Pick<T, K>> {
  return object[key] === undefined ? {} : ({ [key]: object[key] } as unknown as Pick<T, K>);
}
