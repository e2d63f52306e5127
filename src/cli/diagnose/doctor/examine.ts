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
import { type Area, AREAS, type Finding, type Judgement } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

const CHECKS: Readonly<Record<Area, (snapshot: Snapshot) => readonly Judgement[]>> = {
  cluster: checkCluster,
  operator: checkOperator,
  certificate: checkCertificate,
  webhooks: checkWebhooks,
  rbac: checkRbac,
  nodes: checkNodes,
  pods: checkPods,
  credspecs: checkCredspecs,
};

/** What there is to say of a cluster. */
export function examine(snapshot: Snapshot): readonly Finding[] {
  return AREAS.flatMap((area) =>
    CHECKS[area](snapshot).map((judgement) => ({ area, ...judgement })),
  );
}
