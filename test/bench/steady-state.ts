// SPDX-License-Identifier: Apache-2.0
// (c) Steady state: what is written while nothing changes, although everything is looked at again
// and again. Counted by the API server; the bench itself only reads meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchCluster } from './bench-cluster.ts';
import { endBenchOperator, everythingReconciled, startBenchOperator } from './bench-operator.ts';
import { processTimes } from './machine.ts';
import type { OperatorSetup } from './options.ts';
import { seriesOf, totalOf } from './prometheus-text.ts';

/** What happened in one stretch of steady state. */
export interface SteadyState {
  readonly leaderElect: 'false' | 'true';
  readonly seconds: number;
  /** Writes but for those of Leases: nobody but the operator has any to make. */
  readonly unexpectedWrites: number;
  /** Writes by anybody, `apiserver_request_total`: `{ "PUT leases": 6 }`. */
  readonly writes: Readonly<Record<string, number>>;
  /** Writes by the operator, from the audit log, in the same form. */
  readonly operatorWrites: Readonly<Record<string, number>>;
  /** Reconciles meanwhile: that resyncs did happen. */
  readonly reconciles: number;
  /** Requests of any kind that the operator sent. */
  readonly requests: number;
  /** Its processor time. */
  readonly cpuSeconds: number;
}

const SYNC_PERIOD = '2s';
const READING_VERBS = new Set(['CONNECT', 'GET', 'LIST', 'WATCH', 'WATCHLIST']);

/** How to run the operator meanwhile. */
export interface SteadyStateOptions {
  readonly seconds: number;
  readonly leaderElect: 'false' | 'true';
  readonly setup: OperatorSetup;
}

/** Runs the operator for `seconds` with everything in place and a resync every two seconds. */
export async function measureSteadyState(
  bench: BenchCluster,
  { seconds, leaderElect, setup }: SteadyStateOptions,
): Promise<SteadyState> {
  const operator = await startBenchOperator(bench, setup, {
    args: [`--sync-period=${SYNC_PERIOD}`, `--leader-elect=${leaderElect}`],
  });
  const look = async () => {
    const page = await operator.metrics().catch(() => '');
    return {
      writes: writesOf(await bench.cluster.kubectl('get', '--raw', '/metrics')),
      audited: (await bench.operator.writes()).length,
      reconciles: totalOf(page, 'controller_runtime_reconcile_total'),
      requests: totalOf(page, 'rest_client_requests_total'),
      cpuSeconds: (await processTimes(operator.pid)).cpuSeconds,
    };
  };
  try {
    // Two rounds over everything: caches are full, connections are up.
    await everythingReconciled(bench, operator, 3);
    const before = await look();
    const started = performance.now();
    await delay(seconds * 1000);
    const after = await look();
    const audited = (await bench.operator.writes()).slice(before.audited, after.audited);
    const writes = difference(before.writes, after.writes);
    return {
      leaderElect,
      unexpectedWrites: Object.entries(writes)
        .filter(([what]) => !what.endsWith(' leases'))
        .reduce((sum, [, count]) => sum + count, 0),
      seconds: (performance.now() - started) / 1000,
      writes,
      operatorWrites: countBy(audited.map(({ verb, resource }) => `${verb} ${resource}`)),
      reconciles: after.reconciles - before.reconciles,
      requests: after.requests - before.requests,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    };
  } finally {
    await endBenchOperator(operator);
  }
}

/** Writes so far, by verb and resource. */
function writesOf(page: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { labels, value } of seriesOf(page, 'apiserver_request_total')) {
    const { verb = '', resource = '', subresource = '' } = labels;
    if (READING_VERBS.has(verb)) continue;
    const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    counts.set(what, (counts.get(what) ?? 0) + value);
  }
  return counts;
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const more = [...after].map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count !== 0));
}

function countBy(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
