// SPDX-License-Identifier: Apache-2.0
// Whether the status of a credspec speaks of the credspec as it is now. Pure.
import { allowedAnnotationHash } from '../api/allowed-service-accounts.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../api/credspec.ts';
import type { CredspecDefinition, StoredCredspec } from './credspecs.ts';

/**
 * `never`: no operator has looked at it; `behind`: what was looked at was an earlier version of it;
 * `untold`: the definition keeps no status that could tell; `refused`: there is none of now, and it violates
 * the schema, for which the API server can refuse a status.
 */
export type Observation = 'behind' | 'current' | 'never' | 'refused' | 'untold';

/**
 * What a status speaks of. The hash stands still while access could not be granted: that is told by the
 * condition AccessGranted, which is then taken to be of now.
 */
export function observationOf(
  credspec: Pick<StoredCredspec, 'metadata' | 'status' | 'violations'>,
  definition: CredspecDefinition,
): Observation {
  if (definition === 'without-status') return 'untold';
  const kept = keptObservation(credspec);
  return kept !== 'current' && credspec.violations.length > 0 ? 'refused' : kept;
}

/** Why no status tells who is granted access, so that the RoleBindings have to; undefined where one does. */
export function whyNoStatus(observation: Observation): string | undefined {
  switch (observation) {
    case 'untold':
      return 'no status is kept';
    case 'refused':
      return 'it violates the schema';
    case 'behind':
    case 'current':
    case 'never':
      return undefined;
  }
}

function keptObservation({
  metadata,
  status,
}: Pick<StoredCredspec, 'metadata' | 'status'>): 'behind' | 'current' | 'never' {
  const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const ready = condition('Ready');
  if (ready === undefined) return 'never';
  if (ready.observedGeneration !== metadata.generation) return 'behind';
  const annotation = metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION];
  return status?.observedAnnotationHash === allowedAnnotationHash(annotation) ||
    condition('AccessGranted')?.status === 'False'
    ? 'current'
    : 'behind';
}
