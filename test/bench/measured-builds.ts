// SPDX-License-Identifier: Apache-2.0
// Several builds of the operator that serve admission side by side, each by a URL of its own.
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { startByUrl } from './admission-bench.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { endBenchOperator, everythingReconciled } from './bench-operator.ts';
import { SERVICE_ACCOUNT } from './bench-pod.ts';
import { takeLease } from './held-lease.ts';
import { DEFAULT_AUTHORIZATION_TTL_MS, type OperatorSetup } from './options.ts';
import type { Configurations } from './reference-webhook.ts';
import { namespaceName } from './workload.ts';

/** A build that serves admission and does not lead. */
export interface MeasuredBuild {
  readonly name: string;
  readonly pid: number;
  readonly configurations: Configurations;
}

/** Starts the builds, for as long as `use` takes; `program`: the file that is run. */
export async function startBuilds(
  bench: BenchCluster,
  setup: OperatorSetup,
  programs: readonly { readonly name: string; readonly program: string }[],
  log: (line: string) => void,
  use: (builds: readonly MeasuredBuild[]) => Promise<void>,
): Promise<void> {
  const namespace = namespaceName(0, bench.workload);
  await createServiceAccount(bench.cluster.client, namespace, SERVICE_ACCOUNT);
  // Each has one turn in so many: an authorization serves as many pods as if it were asked all the time.
  const ttl = (programs.length * DEFAULT_AUTHORIZATION_TTL_MS) / 1000;
  const cleanUp: (() => Promise<void>)[] = [];
  const builds: MeasuredBuild[] = [];
  try {
    for (const { name, program } of programs) {
      const operatorNamespace = `build-${name}`;
      const { operator, configurations } = await startByUrl(bench, setup, {
        namespace: operatorNamespace,
        program,
        args: [`--authorization-cache-ttl=${ttl}s`],
      });
      cleanUp.push(() => endBenchOperator(operator));
      if (builds.length === 0) await everythingReconciled(bench, operator, 1);
      await takeLease(bench.cluster.client, operatorNamespace, operator);
      builds.push({ name, pid: operator.pid, configurations });
      log(`${name} serves`);
    }
    await use(builds);
  } finally {
    for (const undo of cleanUp.toReversed()) await undo();
  }
}
