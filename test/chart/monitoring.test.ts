// SPDX-License-Identifier: Apache-2.0
// The alerts and the dashboard of the chart.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHART, type Helm, NAMESPACE, objectNamed, RELEASE, startHelm } from './helm.ts';
import { MONITORING } from './values.ts';

jest.setTimeout(60_000);

let helm: Helm;
beforeAll(async () => {
  helm = await startHelm();
});
afterAll(() => helm.close());

describe('alerts and dashboard', () => {
  it('speak of metrics that exist', async () => {
    const documentation = await readFile(
      new URL('../../docs/reference/metrics.md', import.meta.url),
      'utf8',
    );
    const exist = new Set([...documentation.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));
    for (const file of ['alerts.yaml', 'dashboard.json']) {
      const text = await readFile(`${CHART}/files/${file}`, 'utf8');
      const used = text.match(
        /\b(gmsa_operator|controller_runtime|workqueue|leader_election|rest_client|certwatcher)_\w+/g,
      );
      expect(used?.length).toBeGreaterThan(3);
      expect(used?.filter((name) => !exist.has(name.replace(/_bucket$/, '')))).toEqual([]);
    }
  });

  it('tell of a certificate in the last fifth of its life', async () => {
    const objects = await helm.render({
      ...MONITORING,
      admission: { certificates: { validity: '1h30m' } },
    });
    const rule = objectNamed(objects, `PrometheusRule ${NAMESPACE}/${RELEASE}`);
    expect(JSON.stringify(rule)).toContain(' - time() < 1080"');
  });
});
