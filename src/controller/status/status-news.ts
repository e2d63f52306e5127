// SPDX-License-Identifier: Apache-2.0
// What is worth an Event and a log line when a credspec's status changes. Pure.
import type { ConditionReason, ConditionType } from '../../api/conditions.ts';
import type { AccessOutcome } from '../access/access-outcome.ts';
import { describeObject } from '../access/rbac-objects.ts';
import { listed } from '../../api/printable.ts';
import type { BindingStatus, CredspecStatus } from '../../api/credspec.ts';

/** Reasons of conditions that become Warning Events. */
export const TOLD_REASONS = [
  'InvalidContents',
  'InvalidAnnotation',
  'ContentsSuspicious',
  'NamespacesMissing',
  'Conflict',
  'Forbidden',
  'WriteFailed',
] as const satisfies readonly ConditionReason[];

/** The reason of an Event about a credspec. */
export type NewsReason =
  | (typeof TOLD_REASONS)[number]
  | 'AccessGranted'
  | 'AccessRevoked'
  | 'DriftRepaired'
  | 'Ready'
  | 'ReconcileFailed';

/** Something that happened to a credspec. */
export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: NewsReason;
  /** What the operator was doing (events.k8s.io `action`). */
  readonly action: 'Check' | 'GrantAccess' | 'Reconcile' | 'Repair' | 'Report';
  readonly note: string;
}

/**
 * The news between two states of a status. A first status is news only as far as something is
 * wrong: an operator that is installed on a thousand credspecs tells nobody that they are fine.
 */
export function statusNews(previous: CredspecStatus | undefined, next: CredspecStatus): News[] {
  return [
    ...conditionNews(previous, next, 'Valid', 'Check'),
    ...conditionNews(previous, next, 'AccessGranted', 'GrantAccess'),
    ...(previous === undefined ? [] : accessNews(previous.bindings ?? [], next.bindings ?? [])),
    ...readyNews(previous, next),
  ];
}

/**
 * The news that the operator undid what others did: objects that they changed or planted, and those that had to be
 * created although the previous status says that they were in place.
 */
export function repairNews(
  previous: CredspecStatus | undefined,
  { repairs, created }: Pick<AccessOutcome, 'created' | 'repairs'>,
): News[] {
  const name = previous?.clusterRole;
  const wereInPlace = new Set(
    name === undefined
      ? []
      : [
          describeObject('ClusterRole', { name }),
          ...(previous?.bindings ?? []).map(({ namespace }) =>
            describeObject('RoleBinding', { namespace, name }),
          ),
        ],
  );
  const deleted = created.filter((object) => wereInPlace.has(object));
  const notes = [...repairs, ...deleted.map((object) => `${object} was deleted and restored`)];
  return notes.map((note) => ({
    type: 'Warning',
    reason: 'DriftRepaired',
    action: 'Repair',
    note,
  }));
}

/** The news that a reconcile fails again and again: perhaps the status itself cannot be written. */
export function reconcileFailedNews(message: string): News[] {
  return [{ type: 'Warning', reason: 'ReconcileFailed', action: 'Reconcile', note: message }];
}

function conditionNews(
  previous: CredspecStatus | undefined,
  next: CredspecStatus,
  type: ConditionType,
  action: News['action'],
): News[] {
  const now = find(next, type);
  const before = find(previous, type);
  const reason = TOLD_REASONS.find((told) => told === now?.reason);
  if (now === undefined || reason === undefined) return [];
  if (before?.reason === reason && before.message === now.message) return [];
  return [{ type: 'Warning', reason, action, note: now.message }];
}

function accessNews(before: readonly BindingStatus[], now: readonly BindingStatus[]): News[] {
  const old = new Set(before.flatMap(subjects));
  const current = new Set(now.flatMap(subjects));
  const granted = [...current].filter((subject) => !old.has(subject));
  const revoked = [...old].filter((subject) => !current.has(subject));
  return [
    ...(revoked.length === 0 ? [] : [change('AccessRevoked', 'Revoked from', revoked)]),
    ...(granted.length === 0 ? [] : [change('AccessGranted', 'Granted to', granted)]),
  ];
}

function subjects({ namespace, serviceAccounts, allServiceAccounts }: BindingStatus): string[] {
  return [
    ...(allServiceAccounts === true ? [`${namespace}/*`] : []),
    ...(serviceAccounts ?? []).map((name) => `${namespace}/${name}`),
  ];
}

function change(reason: NewsReason, verb: string, who: readonly string[]): News {
  return { type: 'Normal', reason, action: 'GrantAccess', note: `${verb} ${listed(who)}` };
}

function readyNews(previous: CredspecStatus | undefined, next: CredspecStatus): News[] {
  // AdmissionReady concerns all credspecs alike: a thousand Events would say the same.
  const wasFalse =
    find(previous, 'Ready')?.status === 'False' &&
    find(previous, 'AdmissionReady')?.status === 'True';
  return wasFalse && find(next, 'Ready')?.status === 'True'
    ? [{ type: 'Normal', reason: 'Ready', action: 'Report', note: 'The credspec is ready again.' }]
    : [];
}

function find(status: CredspecStatus | undefined, type: ConditionType) {
  return status?.conditions?.find((condition) => condition.type === type);
}
