// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createMetrics, type Metrics } from './metrics.ts';

async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const { contentType, body } = await metrics.render();
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  return new Map(
    body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

describe('createMetrics', () => {
  it('tells its version and how the process does', async () => {
    const series = await scrape(createMetrics({ version: '1.2.3' }));
    expect(series.get('gmsa_operator_build_info{version="1.2.3"}')).toBe(1);
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect([...series.keys()]).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']),
    );
  });

  it("counts requests under client-go's labels", async () => {
    const metrics = createMetrics({ version: '0' });
    const { observeRequest } = metrics;
    observeRequest({ code: '200', method: 'GET', host: '10.0.0.1:443' });
    observeRequest({ code: '200', method: 'GET', host: '10.0.0.1:443' });
    observeRequest({ code: '<error>', method: 'PUT', host: '10.0.0.1:443' });
    const series = await scrape(metrics);
    const name = 'rest_client_requests_total';
    expect(series.get(`${name}{code="200",method="GET",host="10.0.0.1:443"}`)).toBe(2);
    expect(series.get(`${name}{code="<error>",method="PUT",host="10.0.0.1:443"}`)).toBe(1);
  });

  it('shows each webhook from the start, at zero', async () => {
    const series = await scrape(createMetrics({ version: '0' }));
    const prefix = 'controller_runtime_webhook';
    for (const webhook of ['/mutate', '/validate', '/validate-credentialspec']) {
      const labels = `webhook="${webhook}"`;
      expect(series.get(`${prefix}_requests_in_flight{${labels}}`)).toBe(0);
      expect(series.get(`${prefix}_latency_seconds_count{${labels}}`)).toBe(0);
      expect(series.get(`${prefix}_requests_total{${labels},code="200"}`)).toBe(0);
    }
  });

  it.each([1, 63, 64, 65, 1000])('shows all of %d reviews to whoever looks', async (count) => {
    const metrics = createMetrics({ version: '0' });
    const { requestStarted, decided } = metrics.admission;
    const prefix = 'controller_runtime_webhook';
    const ends = Array.from({ length: count }, () => requestStarted('/mutate'));
    expect((await scrape(metrics)).get(`${prefix}_requests_in_flight{webhook="/mutate"}`)).toBe(
      count,
    );
    for (const end of ends) {
      end(200);
      decided({ path: '/mutate', code: 403 });
    }
    for (const look of ['first', 'second']) {
      const series = await scrape(metrics);
      expect([look, series.get(`${prefix}_requests_in_flight{webhook="/mutate"}`)]).toEqual([
        look,
        0,
      ]);
      expect(series.get(`${prefix}_latency_seconds_count{webhook="/mutate"}`)).toBe(count);
      expect(series.get(`${prefix}_requests_total{webhook="/mutate",code="200"}`)).toBe(count);
      const decisions = 'gmsa_operator_admission_decisions_total{webhook="/mutate",code="403"}';
      expect(series.get(decisions)).toBe(count);
    }
  });

  it('shows each result of a controller from the start, at zero', async () => {
    const metrics = createMetrics({ version: '0' });
    metrics.reconciler({ controller: 'c', maxConcurrentReconciles: 4 });
    const series = await scrape(metrics);
    for (const result of ['success', 'error', 'requeue', 'requeue_after']) {
      expect(
        series.get(`controller_runtime_reconcile_total{controller="c",result="${result}"}`),
      ).toBe(0);
    }
    expect(series.get('controller_runtime_max_concurrent_reconciles{controller="c"}')).toBe(4);
    expect(series.get('controller_runtime_reconcile_errors_total{controller="c"}')).toBe(0);
    expect(series.get('controller_runtime_reconcile_time_seconds_count{controller="c"}')).toBe(0);
  });

  it('counts and times reconciles', async () => {
    const metrics = createMetrics({ version: '0' });
    const { started } = metrics.reconciler({ controller: 'c', maxConcurrentReconciles: 4 });
    const [first, second] = [started(), started()];
    expect((await scrape(metrics)).get('controller_runtime_active_workers{controller="c"}')).toBe(
      2,
    );
    first('success');
    second('error');
    const series = await scrape(metrics);
    expect(series.get('controller_runtime_active_workers{controller="c"}')).toBe(0);
    expect(series.get('controller_runtime_reconcile_total{controller="c",result="success"}')).toBe(
      1,
    );
    expect(series.get('controller_runtime_reconcile_errors_total{controller="c"}')).toBe(1);
    expect(
      series.get('controller_runtime_reconcile_time_seconds_bucket{le="60",controller="c"}'),
    ).toBe(2);
  });

  it("follows the keys of a work queue as client-go's does", async () => {
    const metrics = createMetrics({ version: '0' });
    const queue = metrics.workQueue('q');
    const labels = '{name="q",controller="q"}';
    queue.added('a');
    queue.added('b');
    queue.started('a');
    await delay(20);
    // Marked again while it is in work.
    queue.added('a');
    let series = await scrape(metrics);
    expect(series.get('workqueue_depth{name="q",controller="q",priority=""}')).toBe(2);
    expect(series.get(`workqueue_adds_total${labels}`)).toBe(3);
    expect(series.get(`workqueue_queue_duration_seconds_count${labels}`)).toBe(1);
    expect(series.get(`workqueue_work_duration_seconds_count${labels}`)).toBe(0);
    expect(series.get(`workqueue_unfinished_work_seconds${labels}`)).toBeGreaterThan(0.01);
    expect(series.get(`workqueue_longest_running_processor_seconds${labels}`)).toBeGreaterThan(
      0.01,
    );
    queue.finished('a');
    queue.retried('a');
    queue.cleared();
    series = await scrape(metrics);
    expect(series.get('workqueue_depth{name="q",controller="q",priority=""}')).toBe(0);
    expect(series.get(`workqueue_work_duration_seconds_count${labels}`)).toBe(1);
    expect(series.get(`workqueue_unfinished_work_seconds${labels}`)).toBe(0);
    expect(series.get(`workqueue_longest_running_processor_seconds${labels}`)).toBe(0);
    expect(series.get(`workqueue_retries_total${labels}`)).toBe(1);
  });

  it("has client-go's buckets for a work queue's times", async () => {
    const metrics = createMetrics({ version: '0' });
    metrics.workQueue('q');
    const bounds = [...(await scrape(metrics)).keys()].flatMap((key) => {
      const match = /^workqueue_queue_duration_seconds_bucket\{le="([^"]+)"/.exec(key);
      return match?.[1] ?? [];
    });
    expect(bounds.map(Number)).toEqual([
      1e-8,
      1e-7,
      1e-6,
      1e-5,
      1e-4,
      1e-3,
      1e-2,
      0.1,
      1,
      10,
      100,
      1000,
      NaN,
    ]);
  });

  it('tells who leads, from the start', async () => {
    const metrics = createMetrics({ version: '0' });
    const leader = metrics.leaderElection('operator');
    const name = 'leader_election_master_status{name="operator"}';
    expect((await scrape(metrics)).get(name)).toBe(0);
    leader.started();
    expect((await scrape(metrics)).get(name)).toBe(1);
    leader.stopped();
    expect((await scrape(metrics)).get(name)).toBe(0);
  });

  it('reads the credspecs when it is scraped, and forgets those that are gone', async () => {
    const metrics = createMetrics({ version: '0' });
    const ready = (status: string, reason: string) => ({ condition: 'Ready', status, reason });
    metrics.setCredspecSource(() => [
      ['a', [ready('True', 'Ready'), { condition: 'Valid', status: 'True', reason: 'Valid' }]],
      ['b', [ready('False', 'Conflict')]],
      ['c', [ready('True', 'Ready')]],
      ['d', []],
    ]);
    let series = await scrape(metrics);
    const credspecs = 'gmsa_operator_credspecs';
    expect(series.get(`${credspecs}{condition="Ready",status="True",reason="Ready"}`)).toBe(2);
    expect(series.get(`${credspecs}{condition="Ready",status="False",reason="Conflict"}`)).toBe(1);
    expect(series.get('gmsa_operator_credspec_not_ready{credspec="b",reason="Conflict"}')).toBe(1);
    metrics.setCredspecSource(undefined);
    series = await scrape(metrics);
    expect([...series.keys()].filter((key) => key.includes('credspec'))).toEqual([]);
  });

  it('names a bounded number of credspecs that are not ready', async () => {
    const metrics = createMetrics({ version: '0' });
    metrics.setCredspecSource(() =>
      Array.from({ length: 5_000 }, (_, i) => [
        `credspec-${i}`,
        [{ condition: 'Ready', status: 'False', reason: 'Forbidden' }],
      ]),
    );
    const series = await scrape(metrics);
    const named = [...series.keys()].filter((key) => key.startsWith('gmsa_operator_credspec_not'));
    expect(named).toHaveLength(1_000);
    expect(
      series.get('gmsa_operator_credspecs{condition="Ready",status="False",reason="Forbidden"}'),
    ).toBe(5_000);
  });

  it('counts Events that were dropped', async () => {
    const metrics = createMetrics({ version: '0' });
    metrics.eventDropped('queue-full');
    expect(
      (await scrape(metrics)).get('gmsa_operator_events_dropped_total{reason="queue-full"}'),
    ).toBe(1);
  });
});
