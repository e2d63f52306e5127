// SPDX-License-Identifier: Apache-2.0
// A credspec's status as one string that is equal where the status is: small to keep, cheap to
// compare. It holds only what the operator writes; conditions of others are not its business.
import type { CredspecStatus } from '../../api/credspec.ts';

const CONDITION_TYPES = ['Ready', 'Valid', 'AccessGranted', 'AdmissionReady'] as const;

/**
 * Every key of a status and of what is in it that the operator writes, in the order in which they are
 * serialized, whatever order the API server returns them in.
 */
const KEYS = [
  'observedGeneration',
  'observedAnnotationHash',
  'clusterRole',
  'allowedSummary',
  'missingNamespaces',
  'warnings',
  'bindings',
  'namespace',
  'serviceAccounts',
  'allServiceAccounts',
  'conditions',
  'type',
  'status',
  'reason',
  'message',
  'lastTransitionTime',
];

/** Serializes what the operator writes of a status; the empty string if there is nothing. */
export function serializeStatus(status: CredspecStatus | undefined): string {
  if (status === undefined) return '';
  const ours: CredspecStatus = {
    ...status,
    // Empty and absent are the same: server-side apply keeps what is sent, older CRDs what they like.
    missingNamespaces: status.missingNamespaces ?? [],
    warnings: status.warnings ?? [],
    bindings: status.bindings ?? [],
    conditions: CONDITION_TYPES.flatMap(
      (type) => status.conditions?.find((condition) => condition.type === type) ?? [],
    ),
  };
  return JSON.stringify(ours, KEYS);
}

/** The status that {@link serializeStatus} made a string of. */
export function parseSerializedStatus(serialized: string): CredspecStatus | undefined {
  return serialized === '' ? undefined : (JSON.parse(serialized) as CredspecStatus);
}
