// SPDX-License-Identifier: Apache-2.0
// The status that a credspec must have, from what it asks for and what became of it. Pure.
import {
  type AllowedServiceAccounts,
  allowedAnnotationHash,
  invalidEntriesMessage,
} from '../../api/allowed-service-accounts.ts';
import {
  type ComponentConditions,
  type ConditionType,
  type DesiredCondition,
  mergeConditions,
  readyCondition,
} from '../../api/conditions.ts';
import type { BindingStatus, CredspecStatus } from '../../api/credspec.ts';
import { listed } from '../../api/printable.ts';
import { clusterRoleName } from '../../api/generated-names.ts';
import type { AccessOutcome } from '../access/access-outcome.ts';
import type { CachedCredspec } from '../cached-credspec.ts';

/** What a status says. */
export interface StatusInput {
  readonly credspec: CachedCredspec;
  readonly allowed: AllowedServiceAccounts;
  readonly access: AccessOutcome;
  readonly admissionReady: DesiredCondition<'AdmissionReady'>;
  readonly previous: CredspecStatus | undefined;
  readonly now: Date;
}

/** The status to write. */
export function desiredStatus(input: StatusInput): CredspecStatus {
  const { credspec, allowed, access, admissionReady, previous, now } = input;
  const observedGeneration = credspec.generation;
  const components: ComponentConditions = {
    valid: { type: 'Valid', ...validState(input), observedGeneration },
    accessGranted: { type: 'AccessGranted', ...accessState(input), observedGeneration },
    admissionReady: { ...admissionReady, observedGeneration },
  };
  const { valid, accessGranted } = components;
  const conditions = [readyCondition(components), valid, accessGranted, components.admissionReady];
  // Tells that the annotation is in force, so it stands still while a part of it is not.
  const inForce =
    access.failures.length === 0
      ? allowedAnnotationHash(credspec.allowedAnnotation)
      : previous?.observedAnnotationHash;
  return {
    observedGeneration,
    ...(inForce === undefined ? {} : { observedAnnotationHash: inForce }),
    clusterRole: clusterRoleName(credspec.name),
    allowedSummary: allowed.summary,
    bindings: bindings(access, previous),
    missingNamespaces: access.missingNamespaces,
    warnings: credspec.findings.warnings,
    conditions: mergeConditions(previous?.conditions, conditions, now),
  };
}

type State<Type extends ConditionType> = Omit<DesiredCondition<Type>, 'type'>;

function validState({ credspec, allowed }: StatusInput): State<'Valid'> {
  const { errors, warnings } = credspec.findings;
  const entries = invalidEntriesMessage(allowed);
  const problems = [...errors, ...(entries === undefined ? [] : [entries])];
  if (problems.length > 0) {
    const reason = errors.length > 0 ? 'InvalidContents' : 'InvalidAnnotation';
    return { status: 'False', reason, message: problems.join(' ') };
  }
  return warnings.length > 0
    ? { status: 'True', reason: 'ContentsSuspicious', message: warnings.join(' ') }
    : { status: 'True', reason: 'Valid', message: 'Contents and annotation are well-formed.' };
}

function accessState({ allowed, access }: StatusInput): State<'AccessGranted'> {
  const [worst] = access.failures;
  if (worst !== undefined) {
    const message = listed(access.failures.map((failure) => failure.message));
    return { status: 'False', reason: worst.type, message };
  }
  if (access.missingNamespaces.length > 0) {
    const message = `Access will be granted as soon as these namespaces exist: ${listed(access.missingNamespaces)}.`;
    return { status: 'True', reason: 'NamespacesMissing', message };
  }
  if (allowed.grants.length === 0) {
    const message =
      'The annotation gmsa-operator.io/allowed-service-accounts allows no service account to use this credential spec. To allow one, name it there.';
    return { status: 'True', reason: 'NoServiceAccounts', message };
  }
  const namespaces = access.granted.map(({ namespace }) => namespace);
  const message = `Granted in ${namespaces.length} namespace${namespaces.length === 1 ? '' : 's'}: ${listed(namespaces)}.`;
  return { status: 'True', reason: 'AccessGranted', message };
}

/** What is in place, and what was and is not gone: nothing may be called revoked that still grants. */
function bindings(
  { granted, stillBound }: AccessOutcome,
  previous: CredspecStatus | undefined,
): readonly BindingStatus[] {
  const old = previous?.bindings?.filter(({ namespace }) => stillBound.includes(namespace)) ?? [];
  return [...granted, ...old].toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
}
