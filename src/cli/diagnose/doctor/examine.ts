// SPDX-License-Identifier: Apache-2.0
// All checks, in the order in which what they find is told. Pure.
import { checkCertificate } from './checks/certificate.ts';
import { checkCluster } from './checks/cluster.ts';
import { checkCredspecs } from './checks/credspecs.ts';
import { checkNodes } from './checks/nodes.ts';
import { checkOperator } from './checks/operator.ts';
import { checkPods } from './checks/pods.ts';
import { checkRbac } from './checks/rbac.ts';
import { checkWebhooks } from './checks/webhooks.ts';
import type { Check, Finding } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

const CHECKS: readonly Check<Snapshot>[] = [
  checkCluster,
  checkOperator,
  checkCertificate,
  checkWebhooks,
  checkRbac,
  checkNodes,
  checkPods,
  checkCredspecs,
];

/** What there is to say of a cluster. */
export function examine(snapshot: Snapshot): readonly Finding[] {
  return CHECKS.flatMap((check) => check(snapshot));
}
