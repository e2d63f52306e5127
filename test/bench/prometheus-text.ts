// SPDX-License-Identifier: Apache-2.0
// Counters out of a metrics page in Prometheus's text format.

/** One time series of a counter. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All series of the metric called `name`. */
export function seriesOf(page: string, name: string): Series[] {
  return page.split('\n').flatMap((line) => {
    const [, text = '', value] = /^[^{ ]+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) return [];
    const labels = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        labels: Object.fromEntries(labels.map(([, label = '', held = '']) => [label, held])),
        value: Number(value),
      },
    ];
  });
}

/** The sum over all series of the metric. */
export function totalOf(page: string, name: string): number {
  return seriesOf(page, name).reduce((sum, { value }) => sum + value, 0);
}
