// SPDX-License-Identifier: Apache-2.0
// What /metrics shows, but for the usual metrics of the process and of Node.
import { Registry } from 'prom-client';
import { createMetrics } from '../../src/observability/metrics.ts';
import { code, codes, plain, table } from './markdown.ts';

/** A metric as prom-client keeps it; its types do not tell the labels. */
interface RegisteredMetric {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
  readonly help: string;
}

/** Those whose names nobody else has. */
export function ownMetrics(): string {
  return metricsWhere(isOwn);
}

/** Those of the controller, its work queue, its requests and its election. */
export function controllerMetrics(): string {
  return metricsWhere((name) => !isOwn(name) && !isOfAdmission(name));
}

/** Those of admission. */
export function admissionMetrics(): string {
  return metricsWhere(isOfAdmission);
}

function isOwn(name: string): boolean {
  return name.startsWith('gmsa_operator_');
}

function isOfAdmission(name: string): boolean {
  return /^(controller_runtime_webhook|certwatcher)_/.test(name);
}

function metricsWhere(belongs: (name: string) => boolean): string {
  const registry = new Registry();
  createMetrics({ version: '', registry });
  const metrics = registry.getMetricsAsArray() as unknown as readonly RegisteredMetric[];
  return table(
    ['metric', 'type', 'labels', 'tells'],
    metrics
      .filter(({ name }) => !/^(process|nodejs)_/.test(name) && belongs(name))
      .map(({ name, type, labelNames, help }) => [
        code(name),
        type,
        codes(labelNames),
        plain(help.replace(/\.$/, '')),
      ]),
  );
}
