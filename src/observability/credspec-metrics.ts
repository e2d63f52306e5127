// SPDX-License-Identifier: Apache-2.0
// How the credspecs stand, read when Prometheus asks.
import { Gauge, type Registry } from 'prom-client';

/** A credspec's name and its conditions. */
export type CredspecConditions = readonly [
  name: string,
  conditions: readonly {
    readonly condition: string;
    readonly status: string;
    readonly reason: string;
  }[],
];

/**
 * Series of `gmsa_operator_credspec_not_ready` at most: when everything is broken, ten thousand names
 * help nobody, and `gmsa_operator_credspecs` still counts them all.
 */
const MAX_NOT_READY_SERIES = 1_000;

/** Registers the gauges; the function returned sets where each scrape finds the credspecs. */
export function createCredspecMetrics(
  registry: Registry,
): (source: (() => Iterable<CredspecConditions>) | undefined) => void {
  let source: (() => Iterable<CredspecConditions>) | undefined;
  const registers = [registry];

  new Gauge({
    name: 'gmsa_operator_credspecs',
    help: 'Number of credspecs by condition, its status and its reason. Reported by the leader.',
    labelNames: ['condition', 'status', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [, conditions] of source?.() ?? []) {
        for (const { condition, status, reason } of conditions) {
          this.inc({ condition, status, reason });
        }
      }
    },
  });

  new Gauge({
    name: 'gmsa_operator_credspec_not_ready',
    help: `1 for each credspec whose condition Ready is not True, with its reason (${MAX_NOT_READY_SERIES} at most). Reported by the leader.`,
    labelNames: ['credspec', 'reason'],
    registers,
    collect() {
      this.reset();
      let series = 0;
      for (const [credspec, conditions] of source?.() ?? []) {
        const ready = conditions.find(({ condition }) => condition === 'Ready');
        if (ready === undefined || ready.status === 'True') continue;
        if (++series > MAX_NOT_READY_SERIES) return;
        this.set({ credspec, reason: ready.reason }, 1);
      }
    },
  });

  return (next) => {
    source = next;
  };
}
