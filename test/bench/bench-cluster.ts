// SPDX-License-Identifier: Apache-2.0
// A control plane of its own for a measurement, filled with credspecs that nobody has reconciled
// yet, and with an audit log of the operator's writes and of those of the bare loop.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSupervisor } from '../support/control-plane/supervised.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { type AuditedWrite, auditFlags, auditPolicy, openAuditLog } from './audit-log.ts';
import { waitUntilQuiet } from './machine.ts';
import { seed, type Workload } from './workload.ts';

/** A seeded cluster. */
export interface BenchCluster {
  readonly cluster: TestCluster;
  readonly workload: Workload;
  /** The operator's own service account, with the RBAC that is shipped. */
  readonly operator: Writer;
  /** Another one with the same ClusterRole, so that the audit log can tell them apart. */
  readonly bareLoop: Writer;
  stop(): Promise<void>;
}

/** A service account whose writes are audited. */
export interface Writer {
  readonly kubeconfig: string;
  /** Its writes until now, in the order of their answers. */
  writes(): Promise<readonly AuditedWrite[]>;
}

const NAMESPACE = 'gmsa-operator-system';
const OPERATOR = 'gmsa-operator';
const BARE_LOOP = 'bare-loop';

const userOf = (serviceAccount: string) => `system:serviceaccount:${NAMESPACE}:${serviceAccount}`;

/** Starts a control plane, seeds it, and lets the machine come to rest. */
export async function startBenchCluster(
  workload: Workload,
  log: (line: string) => void,
): Promise<BenchCluster> {
  if (process.env['USE_EXISTING_CLUSTER'] === 'true') {
    throw new Error(
      'the bench measures against an API server of its own, for it reads the audit log: unset USE_EXISTING_CLUSTER',
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-bench-'));
  // Starts nothing here: it removes the directory, whatever happens to us.
  const supervisor = openSupervisor(directory);
  const policyFile = join(directory, 'audit-policy.json');
  const logFile = join(directory, 'audit.log');
  const policy = auditPolicy([userOf(OPERATOR), userOf(BARE_LOOP)]);
  await writeFile(policyFile, JSON.stringify(policy));

  const cluster = await startTestCluster({ extraApiServerArgs: auditFlags(policyFile, logFile) });
  try {
    await cluster.apply(...bareLoopAccount());
    const auditLog = openAuditLog(logFile);
    const writer = async (serviceAccount: string): Promise<Writer> => ({
      kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(NAMESPACE, serviceAccount),
      writes: async () =>
        (await auditLog.read()).filter(({ user }) => user === userOf(serviceAccount)),
    });
    const [operator, bareLoop] = [await writer(OPERATOR), await writer(BARE_LOOP)];

    const started = performance.now();
    await seed(cluster.client, workload);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    log(
      `seeded ${workload.credspecs} credspecs over ${workload.namespaces} namespaces in ${seconds} s`,
    );
    await waitUntilQuiet(log);
    return {
      cluster,
      workload,
      operator,
      bareLoop,
      stop: async () => {
        await cluster.stop();
        await supervisor.close();
      },
    };
  } catch (error) {
    await cluster.stop();
    await supervisor.close();
    throw error;
  }
}

function bareLoopAccount(): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: BARE_LOOP, namespace: NAMESPACE },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: BARE_LOOP },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: OPERATOR },
      subjects: [{ kind: 'ServiceAccount', name: BARE_LOOP, namespace: NAMESPACE }],
    },
  ];
}
