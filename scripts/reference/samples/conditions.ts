// SPDX-License-Identifier: Apache-2.0
// The messages of conditions, from the functions that make them.
import {
  type AllowedServiceAccounts,
  parseAllowedServiceAccounts,
} from '../../../src/api/allowed-service-accounts.ts';
import type { ConditionReason, ConditionType } from '../../../src/api/conditions.ts';
import type { CredspecStatus } from '../../../src/api/credspec.ts';
import { clusterRoleName } from '../../../src/api/generated-names.ts';
import {
  alteredFailure,
  conflictFailure,
  unconfirmedFailure,
  writeFailure,
} from '../../../src/controller/access/access-failure.ts';
import type { AccessOutcome } from '../../../src/controller/access/access-outcome.ts';
import { describeObject } from '../../../src/controller/access/rbac-objects.ts';
import {
  ADMISSION_ELSEWHERE,
  createWebhookHealth,
} from '../../../src/controller/webhooks/webhook-health.ts';
import * as problems from '../../../src/controller/webhooks/webhook-problems.ts';
import type { CachedCredspec } from '../../../src/controller/cached-credspec.ts';
import { desiredStatus } from '../../../src/controller/status/desired-status.ts';
import { ApiError } from '../../../src/kube/client/api-error.ts';
import { NAMES } from './names.ts';

/** A message of a condition. */
export interface ConditionSample {
  readonly type: ConditionType;
  readonly reason: ConditionReason;
  readonly message: string;
}

const CLUSTER_ROLE = describeObject('ClusterRole', { name: clusterRoleName(NAMES.credspec) });
const GRANTED = {
  namespace: NAMES.namespace,
  serviceAccounts: [NAMES.serviceAccount],
  allServiceAccounts: false,
};
const ALLOWED = parseAllowedServiceAccounts(`${NAMES.namespace}/${NAMES.serviceAccount}`);

/** Statuses of one credspec, as they come out of what is to be told. */
export const STATUSES = {
  fine: statusOf({ access: { granted: [GRANTED] } }),
  suspicious: statusOf({ findings: { errors: [], warnings: ['<what looks wrong>'] } }),
  wrong: statusOf({ findings: { errors: ['<what is wrong>'], warnings: [] } }),
  misspelt: statusOf({
    allowed: {
      ...ALLOWED,
      problems: [{ entry: '<entry>', reason: '<what is wrong with it>' }],
    },
  }),
  allowsNobody: statusOf({ allowed: parseAllowedServiceAccounts(undefined) }),
  namespaceMissing: statusOf({ access: { missingNamespaces: [NAMES.namespace] } }),
  conflict: failed(conflictFailure(CLUSTER_ROLE)),
  forbidden: failed(writeFailure(CLUSTER_ROLE, refusal(403))),
  invalid: failed(writeFailure(CLUSTER_ROLE, refusal(422))),
  unavailable: failed(writeFailure(CLUSTER_ROLE, refusal(500))),
  altered: failed(alteredFailure(CLUSTER_ROLE)),
  unconfirmed: failed(unconfirmedFailure(CLUSTER_ROLE)),
} as const;

/** What can be wrong with admission. */
export const ADMISSION_PROBLEMS: Readonly<
  Record<keyof typeof problems, readonly problems.WebhookProblem[]>
> = {
  configurationsMissing: [
    problems.configurationsMissing(
      ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
      '<why they are not made>',
    ),
  ],
  noCommonAuthority: [problems.noCommonAuthority()],
  replicasUnknown: [problems.replicasUnknown(new Error('<error>'))],
  noReplica: [problems.noReplica()],
  noReplicaAnswers: [problems.noReplicaAnswers('<error>')],
  certificateExpired: [problems.certificateExpired()],
  certificateNotYetValid: [problems.certificateNotYetValid()],
  certificateOfAnotherName: [problems.certificateOfAnotherName('<name>')],
  certificateUntrusted: [problems.certificateUntrusted()],
  secretUnfit: (['unusable', 'untrusted'] as const).map((type) =>
    problems.secretUnfit(`${NAMES.namespace}/${NAMES.secret}`, {
      type,
      words: '<what is wrong with it>',
    }),
  ),
  cannotBeKeptRight: (['certificates', 'configurations'] as const).map((inWork) =>
    problems.cannotBeKeptRight(inWork, new Error('<error>')),
  ),
};

/** Messages of all conditions, but for what can be wrong with admission. */
export function conditionSamples(): readonly ConditionSample[] {
  const health = createWebhookHealth();
  health.observe(undefined);
  const works = health.condition();
  const ready = Object.values(STATUSES).flatMap(conditionsOf);
  return [...ready, ...(works === undefined ? [] : [works])].filter(
    ({ type, reason }) => type !== 'Ready' || reason === 'Ready',
  );
}

function conditionsOf({ conditions = [] }: CredspecStatus): readonly ConditionSample[] {
  return conditions as readonly ConditionSample[];
}

function statusOf({
  findings = { errors: [], warnings: [] },
  allowed = ALLOWED,
  access = {},
}: {
  readonly findings?: CachedCredspec['findings'];
  readonly allowed?: AllowedServiceAccounts;
  readonly access?: Partial<AccessOutcome>;
}): CredspecStatus {
  return desiredStatus({
    credspec: {
      name: NAMES.credspec,
      uid: '',
      resourceVersion: '',
      generation: 1,
      allowedAnnotation: '',
      deleting: false,
      findings,
      status: '',
    },
    allowed,
    access: {
      granted: allowed.grants,
      stillBound: [],
      missingNamespaces: [],
      failures: [],
      repairs: [],
      created: [],
      ...access,
    },
    admissionReady: ADMISSION_ELSEWHERE,
    previous: undefined,
    now: new Date(0),
  });
}

function failed(failure: AccessOutcome['failures'][number]): CredspecStatus {
  return statusOf({ access: { failures: [failure] } });
}

function refusal(code: number): ApiError {
  return new ApiError('', code, { message: '<what the API server says>' });
}
