// SPDX-License-Identifier: Apache-2.0
// The operator under measurement: started as users start it, ended so that the next one can begin.
import { NODE_OPTIONS, type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { waitFor } from '../support/wait-for.ts';
import type { BenchCluster } from './bench-cluster.ts';
import type { OperatorSetup } from './options.ts';
import { totalOf } from './prometheus-text.ts';

/** How an operator of the bench differs from the usual one, which leaves admission to others. */
export type BenchOperatorOptions = Partial<
  Pick<Parameters<typeof startOperator>[0], 'admission' | 'args' | 'kubeconfig' | 'program'>
>;

/** Starts it with its own service account, unless it is told otherwise. */
export function startBenchOperator(
  bench: BenchCluster,
  { maxConcurrentReconciles, nodeOptions }: OperatorSetup,
  {
    args = [],
    admission = 'off',
    kubeconfig = bench.operator.kubeconfig,
    ...rest
  }: BenchOperatorOptions = {},
): Promise<OperatorProcess> {
  return startOperator({
    ...rest,
    kubeconfig,
    admission,
    args: [`--max-concurrent-reconciles=${maxConcurrentReconciles}`, ...args],
    env: { NODE_OPTIONS: `${NODE_OPTIONS} ${nodeOptions}` },
  });
}

/** Resolves when it has looked at every credspec, on average, `times` times. */
export async function everythingReconciled(
  { workload }: BenchCluster,
  operator: OperatorProcess,
  times: number,
): Promise<void> {
  await waitFor(
    'the operator to have looked at every credspec',
    async () => {
      const page = await operator.metrics();
      const reconciles = totalOf(page, 'controller_runtime_reconcile_total');
      return reconciles >= times * workload.credspecs;
    },
    { timeoutMs: 120_000, everyMs: 500 },
  );
}

/** Ends it with SIGTERM, which gives the Lease back: the next one need not wait for it. */
export async function endBenchOperator(operator: OperatorProcess): Promise<void> {
  await operator.stop();
  await operator.close();
}
