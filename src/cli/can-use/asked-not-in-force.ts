// SPDX-License-Identifier: Apache-2.0
// Why a service account that the annotation allows may not use the credspec: asking again would not help.
// Pure.
import { parseAllowedServiceAccounts } from '../../api/allowed-service-accounts.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../api/credspec.ts';
import { escapeInvisible } from '../../api/printable.ts';
import type { CredspecDefinition, StoredCredspec } from '../credspecs.ts';
import { fillIn } from '../fill-in.ts';
import { type Observation, observationOf } from '../observation.ts';
import type { UseRequest } from './granting-bindings.ts';

/** An entry that grants nothing (yet). */
export interface NotInForce {
  readonly entry: string;
  /** Continues the sentence "it is not in force: ". */
  readonly why: string;
  /** The command that helps, or shows what is in the way. */
  readonly next: string;
}

/** Of a service account that may not use it; undefined where the annotation does not ask for it either. */
export function askedNotInForce(
  credspec: StoredCredspec,
  request: Pick<UseRequest, 'namespace' | 'serviceAccount'>,
  definition: CredspecDefinition,
): NotInForce | undefined {
  const entry = entryFor(credspec, request);
  return entry === undefined
    ? undefined
    : { entry, ...obstacle(credspec, request, observationOf(credspec, definition)) };
}

function entryFor(
  { metadata }: StoredCredspec,
  { namespace, serviceAccount }: Pick<UseRequest, 'namespace' | 'serviceAccount'>,
): string | undefined {
  const annotation = metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION];
  const grant = parseAllowedServiceAccounts(annotation).grants.find(
    (each) => each.namespace === namespace,
  );
  if (grant?.serviceAccounts.includes(serviceAccount) === true) {
    return `${namespace}/${serviceAccount}`;
  }
  return grant?.allServiceAccounts === true ? `${namespace}/*` : undefined;
}

function obstacle(
  credspec: StoredCredspec,
  { namespace }: Pick<UseRequest, 'namespace'>,
  observation: Observation,
): Omit<NotInForce, 'entry'> {
  const { metadata, status } = credspec;
  const show = fillIn('kubectl gmsa status <credspec>', { credspec: metadata.name });
  const examine = 'kubectl gmsa doctor';
  if (metadata.deletionTimestamp !== undefined) {
    return { why: 'the credential spec is being deleted', next: show };
  }
  const granted = status?.conditions?.find(({ type }) => type === 'AccessGranted');
  const said = `${granted?.reason ?? ''}: ${escapeInvisible(granted?.message ?? '')}`;
  switch (observation) {
    case 'untold':
      return {
        why: 'the CustomResourceDefinition of this cluster keeps no status that would say why',
        next: show,
      };
    case 'refused':
      return {
        why: `the credential spec violates the schema: ${credspec.violations[0] ?? ''}`,
        next: show,
      };
    case 'never':
      return { why: 'no operator has looked at the credential spec', next: examine };
    case 'behind':
      return {
        why: 'the operator has not looked at the credential spec since it was changed',
        next: examine,
      };
    case 'current':
      if (granted?.status === 'False') return { why: said, next: show };
      if (status?.missingNamespaces?.includes(namespace) === true) {
        return { why: said, next: fillIn('kubectl create namespace <namespace>', { namespace }) };
      }
      return {
        why: 'the operator has granted it, and the API server says no all the same: the RoleBinding may have been removed since',
        next: examine,
      };
  }
}
