// SPDX-License-Identifier: Apache-2.0
// Where credspecs stand: what the operator says, who runs as them, who carries older contents, and who
// was refused. Pure.
import { parseAllowedServiceAccounts } from '../../../api/allowed-service-accounts.ts';
import type { Condition } from '../../../api/conditions.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type BindingStatus,
  type CredspecStatus,
} from '../../../api/credspec.ts';
import { property } from '../../../api/untyped.ts';
import type { CredspecDefinition, StoredCredspec } from '../../credspecs.ts';
import {
  type FoundBindings,
  type OtherBinding,
  otherBindings,
} from '../../generated-access/other-bindings.ts';
import type { GeneratedLookup } from '../../generated-access/read-generated.ts';
import { type Observation, observationOf, whyNoStatus } from '../../observation.ts';
import { type CredspecPod, type PodObject, podsOf } from '../pod.ts';
import { mapRead, type Reading, valueOr } from '../reading.ts';
import { type EventObject, type Refusal, refusalOf } from '../refusal.ts';
import { isInOrder, type SeenHere, seenHere } from '../seen-here.ts';
import { shownValue } from '../shown-value.ts';

/** What was read. */
export interface StatusSnapshot {
  readonly credspecs: readonly StoredCredspec[];
  readonly definition: CredspecDefinition;
  /** The RoleBindings that the operator makes; not read where a status tells of them. */
  readonly generated: Reading<GeneratedLookup>;
  /** All bindings, among them those that the operator has not made. */
  readonly bound: FoundBindings;
  readonly pods: Reading<readonly PodObject[]>;
  /** Those with the reason FailedCreate. */
  readonly events: Reading<readonly EventObject[]>;
}

/** Where a credspec stands. */
export interface CredspecReport {
  readonly name: string;
  readonly account: string | undefined;
  readonly domain: string | undefined;
  /** Undefined where no operator has written one. */
  readonly ready: Condition | undefined;
  /** Whether the status speaks of the credspec as it is now. */
  readonly observation: Observation;
  /** Where it violates the schema. */
  readonly violations: readonly string[];
  /** Where no status tells of it; undefined where one does. */
  readonly seen: SeenHere | undefined;
  /** Whether the annotation allows anybody, in force or not. */
  readonly asksForAccess: boolean;
  readonly conditions: readonly Condition[];
  readonly bindings: readonly BindingStatus[];
  readonly missingNamespaces: readonly string[];
  /** Bindings of its ClusterRole that the operator has not made. */
  readonly otherBindings: readonly OtherBinding[];
  /** Resources with such bindings that the user is not allowed to list. */
  readonly bindingsNotLookedAt: readonly string[];
  readonly warnings: readonly string[];
  readonly pods: Reading<readonly CredspecPod[]>;
  readonly refusals: Reading<readonly Refusal[]>;
}

/** One for each credspec, by its name. */
export function reportCredspecs({
  credspecs,
  definition,
  generated,
  bound,
  pods,
  events,
}: StatusSnapshot): readonly CredspecReport[] {
  return credspecs
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((credspec) => {
      const { metadata } = credspec;
      const join = property(credspec.credspec, 'DomainJoinConfig');
      const observation = observationOf(credspec, definition);
      const seen =
        whyNoStatus(observation) === undefined ? undefined : seenHere(credspec, generated);
      // What of a status can be seen without one.
      const status: CredspecStatus | undefined =
        seen === undefined
          ? credspec.status
          : { ...valueOr(seen.access, {}), warnings: seen.warnings };
      const conditions = status?.conditions ?? [];
      const annotation = metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION];
      const ready = conditions.find(({ type }) => type === 'Ready');
      return {
        name: metadata.name,
        account: shownValue(property(join, 'MachineAccountName')),
        domain: shownValue(property(join, 'DnsName')),
        ready,
        observation,
        violations: credspec.violations,
        seen,
        asksForAccess: parseAllowedServiceAccounts(annotation).grants.length > 0,
        conditions,
        bindings: status?.bindings ?? [],
        missingNamespaces: status?.missingNamespaces ?? [],
        otherBindings: otherBindings(credspec, bound.bindings),
        bindingsNotLookedAt: bound.notLookedAt,
        warnings: status?.warnings ?? [],
        pods: mapRead(pods, (all) => podsOf(credspec, all)),
        refusals: mapRead(events, (all) => refusalsOf(metadata.name, all)),
      };
    });
}

/** Refusals that may be of any credspec, the latest first: where no webhook answers, nothing names one. */
export function unnamedRefusals({ events }: Pick<StatusSnapshot, 'events'>): readonly Refusal[] {
  return refusalsOf(undefined, valueOr(events, []));
}

/** Whether there is nothing to be done about it. */
export function isReady({ ready, observation, violations, seen }: CredspecReport): boolean {
  if (seen !== undefined) return violations.length === 0 && isInOrder(seen);
  return ready?.status === 'True' && observation === 'current';
}

function refusalsOf(name: string | undefined, events: readonly EventObject[]): readonly Refusal[] {
  return events
    .flatMap((event) => refusalOf(event) ?? [])
    .filter(({ credspec }) => credspec === name)
    .toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1));
}
