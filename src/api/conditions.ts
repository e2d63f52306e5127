// SPDX-License-Identifier: Apache-2.0
// The conditions of a credspec: their types and reasons, and how `Ready` and the transition times
// follow from the others.
import { cut } from './printable.ts';

/** The conditions other than `Ready`, with their reasons, in the order in which `Ready` looks at them. */
export const CONDITION_REASONS = {
  Valid: ['Valid', 'ContentsSuspicious', 'InvalidContents', 'InvalidAnnotation'],
  AccessGranted: [
    'AccessGranted',
    'NoServiceAccounts',
    'NamespacesMissing',
    'Conflict',
    'Forbidden',
    'WriteFailed',
  ],
  AdmissionReady: [
    'AdmissionReady',
    'ManagedElsewhere',
    'CertificateInvalid',
    'WebhookConfigurationMissing',
    'CABundleMismatch',
  ],
} as const;

/** Reasons of conditions that are True and still worth a word in the REASON column, first one first. */
export const READY_NOTES = [
  'NamespacesMissing',
  'ContentsSuspicious',
  'NoServiceAccounts',
] as const;

/** Longest `message` of a `metav1.Condition`, in characters. */
const MAX_MESSAGE_LENGTH = 32768;

/** A condition type that `Ready` is derived from. */
export type ComponentConditionType = keyof typeof CONDITION_REASONS;

/** Every condition type of a credspec. */
export type ConditionType = ComponentConditionType | 'Ready';

/** The reasons that a condition of this type may have. */
export type ConditionReason<Type extends ConditionType = ConditionType> =
  Type extends ComponentConditionType
    ? (typeof CONDITION_REASONS)[Type][number]
    : 'Ready' | (typeof CONDITION_REASONS)[ComponentConditionType][number];

/** Whether the condition holds. `Unknown` counts as not holding. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A `metav1.Condition` as it is read from the API server. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  /** When `status` last changed (RFC 3339, whole seconds). */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** A condition as a reconcile wants it; the transition time comes from {@link mergeConditions}. */
export interface DesiredCondition<Type extends ConditionType = ConditionType> {
  readonly type: Type;
  readonly status: ConditionStatus;
  readonly reason: ConditionReason<Type>;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** The conditions that `Ready` is derived from. */
export interface ComponentConditions {
  readonly valid: DesiredCondition<'Valid'>;
  readonly accessGranted: DesiredCondition<'AccessGranted'>;
  readonly admissionReady: DesiredCondition<'AdmissionReady'>;
}

/**
 * The condition `Ready`. Not True while any other condition is not: then with the reason and message of
 * the first such one, in the order `Valid`, `AccessGranted`, `AdmissionReady`. True with the reason
 * `Ready`, or with reason and message of the first note: `NamespacesMissing`, `ContentsSuspicious`,
 * `NoServiceAccounts`.
 */
export function readyCondition({
  valid,
  accessGranted,
  admissionReady,
}: ComponentConditions): DesiredCondition<'Ready'> {
  const components = [valid, accessGranted, admissionReady];
  const failing = components.find(({ status }) => status !== 'True');
  const note = READY_NOTES.map((reason) =>
    components.find((component) => component.reason === reason),
  ).find((component) => component !== undefined);
  const told = failing ?? note;
  return {
    type: 'Ready',
    status: failing === undefined ? 'True' : 'False',
    reason: told?.reason ?? 'Ready',
    message: told?.message ?? 'Everything is in place.',
    ...(valid.observedGeneration === undefined
      ? {}
      : { observedGeneration: valid.observedGeneration }),
  };
}

/** Whether two states of a condition say the same. */
export function sameNews(a: DesiredCondition, b: DesiredCondition): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message;
}

/**
 * The conditions to write: the desired ones, each with the previous one's `lastTransitionTime` where its
 * status has not changed and `now` where it has. Messages are cut to what the API server takes.
 * Conditions of other types are left out: they belong to whoever wrote them.
 */
export function mergeConditions(
  previous: readonly Condition[] | undefined,
  desired: readonly DesiredCondition[],
  now: Date,
): readonly Condition[] {
  return desired.map((condition) => {
    const before = previous?.find(({ type }) => type === condition.type);
    return {
      ...condition,
      message: boundedMessage(condition.message),
      lastTransitionTime:
        before?.status === condition.status ? before.lastTransitionTime : rfc3339(now),
    };
  });
}

function boundedMessage(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${cut(message, MAX_MESSAGE_LENGTH - 1)}…`;
}

// metav1.Time has no fractions of a second: with them, what is read back would differ from what was sent.
function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
