// SPDX-License-Identifier: Apache-2.0
// The status that a credspec must have, from what it asks for and what became of it. Pure.
import {
  type AllowedServiceAccounts,
  allowedAnnotationHash,
  invalidEntriesMessage,
} from '../../api/allowed-service-accounts.ts';
import { type DesiredCondition, mergeConditions, readyCondition } from '../../api/conditions.ts';
import type { BindingStatus, CredspecStatus } from '../../api/credspec.ts';
import { listed } from '../../api/printable.ts';
import { clusterRoleName } from '../../api/generated-names.ts';
import type { AccessOutcome } from '../access/access-reconciler.ts';
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
  const components = {
    valid: { ...validCondition(input), observedGeneration },
    accessGranted: { ...accessCondition(input), observedGeneration },
    admissionReady: { ...admissionReady, observedGeneration },
  };
  const conditions = [readyCondition(components), ...Object.values(components)];
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

function validCondition({ credspec, allowed }: StatusInput): DesiredCondition<'Valid'> {
  const { errors, warnings } = credspec.findings;
  const entries = invalidEntriesMessage(allowed);
  const problems = [...errors, ...(entries === undefined ? [] : [entries])];
  if (problems.length > 0) {
    return {
      type: 'Valid',
      status: 'False',
      reason: errors.length > 0 ? 'InvalidContents' : 'InvalidAnnotation',
      message: problems.join(' '),
    };
  }
  return warnings.length > 0
    ? {
        type: 'Valid',
        status: 'True',
        reason: 'ContentsSuspicious',
        message: warnings.join(' '),
      }
    : {
        type: 'Valid',
        status: 'True',
        reason: 'Valid',
        message: 'Contents and annotation are well-formed.',
      };
}

function accessCondition({ allowed, access }: StatusInput): DesiredCondition<'AccessGranted'> {
  const [worst] = access.failures;
  if (worst !== undefined) {
    return {
      type: 'AccessGranted',
      status: 'False',
      reason: worst.type,
      message: listed(access.failures.map(({ message }) => message)),
    };
  }
  if (access.missingNamespaces.length > 0) {
    return {
      type: 'AccessGranted',
      status: 'True',
      reason: 'NamespacesMissing',
      message: `Access will be granted as soon as these namespaces exist: ${listed(access.missingNamespaces)}.`,
    };
  }
  if (allowed.grants.length === 0) {
    return {
      type: 'AccessGranted',
      status: 'True',
      reason: 'NoServiceAccounts',
      message:
        'No service account is allowed to use this credspec: name them in the annotation gmsa-operator.io/allowed-service-accounts.',
    };
  }
  return {
    type: 'AccessGranted',
    status: 'True',
    reason: 'AccessGranted',
    message: `Granted in ${access.granted.length} namespace${access.granted.length === 1 ? '' : 's'}: ${listed(access.granted.map(({ namespace }) => namespace))}.`,
  };
}

/** What is in place, and what was and is not gone: nothing may be called revoked that still grants. */
function bindings(
  { granted, stillBound }: AccessOutcome,
  previous: CredspecStatus | undefined,
): readonly BindingStatus[] {
  const old = previous?.bindings?.filter(({ namespace }) => stillBound.includes(namespace)) ?? [];
  return [...granted, ...old].toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
}
