// SPDX-License-Identifier: Apache-2.0
// Whether the status of a credspec speaks of the credspec as it is now. Pure.
import { allowedAnnotationHash } from '../api/allowed-service-accounts.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, type GMSACredentialSpec } from '../api/credspec.ts';
import type { CredspecDefinition } from './credspecs.ts';

/**
 * `never`: no operator has looked at it; `behind`: what was looked at was an earlier version of it;
 * `untold`: the definition keeps no status that could tell.
 */
export type Observation = 'behind' | 'current' | 'never' | 'untold';

/**
 * What a status speaks of. The hash stands still while access could not be granted: that is told by the
 * condition AccessGranted, which is then taken to be of now.
 */
export function observationOf(
  { metadata, status }: Pick<GMSACredentialSpec, 'metadata' | 'status'>,
  definition: CredspecDefinition,
): Observation {
  if (definition === 'without-status') return 'untold';
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
