// SPDX-License-Identifier: Apache-2.0
// The commands of docs/reference, done as it says.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/wait-for.ts';
import { applySample, type FollowedGuide, installOperator, startGuide } from './followed-guide.ts';
import { type Guide, openGuide } from './guide.ts';

jest.setTimeout(120_000);

let status: FollowedGuide;
let events: Guide;
let metrics: Guide;
let plugin: Guide;

beforeAll(async () => {
  status = await startGuide('docs/reference/status.md');
  const kubeconfig = status.installation.cluster.controlPlane.kubeconfigPath;
  events = await openGuide('docs/reference/events.md', { kubeconfig });
  metrics = await openGuide('docs/reference/metrics.md', { kubeconfig });
  plugin = await openGuide('docs/reference/kubectl-gmsa.md', {
    kubeconfig,
    plugin: 'to-be-installed',
  });
  await installOperator(status);
  await applySample(status);
});

afterAll(async () => {
  await plugin.close();
  await metrics.close();
  await events.close();
  await status.close();
});

describe('docs/reference/status.md', () => {
  it('shows where a credspec stands, and waits for it', async () => {
    const output = await status.run('The status of a credspec');
    expect(output).toMatch(/^gmsa-webapp1 +True +NoServiceAccounts /m);
    expect(output).toContain('condition met');
  });

  it('has no other commands', () => {
    expect(status.left()).toEqual([]);
  });
});

describe('docs/reference/events.md', () => {
  it('shows what happened to a credspec', async () => {
    const { cluster } = status.installation;
    const allow = 'gmsa-operator.io/allowed-service-accounts=default/default';
    await cluster.kubectl('annotate', 'gmsa', 'gmsa-webapp1', allow);
    const kept = ['get', 'events', '--namespace=default', '--field-selector=reason=AccessGranted'];
    await waitFor('an Event', async () => (await cluster.kubectl(...kept)).includes('webapp1'));
    const output = await events.run('Events');
    expect(output.match(/AccessGranted/g)?.length).toBeGreaterThanOrEqual(2);
  });

  it('has no other commands', () => {
    expect(events.left()).toEqual([]);
  });
});

describe('docs/reference/metrics.md', () => {
  it('lets Prometheus read the metrics, and nobody else', async () => {
    await metrics.run('For some readers only');
    const { cluster } = status.installation;
    const { containers } = (await status.installation.deployment()).spec.template.spec;
    expect(containers[0].args).toContain('--metrics-secure');
    const mayRead = async (account: string): Promise<string> => {
      const user = `--as=system:serviceaccount:monitoring:${account}`;
      const answer = await cluster.controlPlane.kubectl(['auth', 'can-i', 'get', '/metrics', user]);
      return answer.stdout.trim();
    };
    await waitFor('the binding', async () => (await mayRead('prometheus-k8s')) === 'yes');
    expect(await mayRead('default')).toBe('no');
  });

  it('has no other commands', () => {
    expect(metrics.left()).toEqual([]);
  });
});

describe('docs/reference/kubectl-gmsa.md', () => {
  it('tells how kubectl finds the plugin', async () => {
    expect(await plugin.run('Install')).toContain('Usage: kubectl gmsa');
  });

  it('has no other commands', () => {
    expect(plugin.left()).toEqual([]);
  });
});
