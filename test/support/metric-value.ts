// SPDX-License-Identifier: Apache-2.0
// One number out of a metrics page.
import { seriesOf } from '../bench/prometheus-text.ts';

/**
 * The sum of the series of metric `name` that have all these labels, whatever others they have;
 * `undefined` where there is none, which is not the same as 0.
 */
export function metricValue(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  const matching = seriesOf(page, name).filter((series) =>
    wanted.every(([label, value]) => series.labels[label] === value),
  );
  if (matching.length === 0) return undefined;
  return matching.reduce((sum, { value }) => sum + value, 0);
}
