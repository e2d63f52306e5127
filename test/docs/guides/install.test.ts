// SPDX-License-Identifier: Apache-2.0
// docs/install.md, done as it says, one way of installing after the other.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/wait-for.ts';
import { applySample, type FollowedGuide, freeLease, startGuide } from './followed-guide.ts';
import { openGuide } from './guide.ts';

jest.setTimeout(180_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/install.md');
});

afterAll(() => guide.close());

const CONFIGURATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

async function registered(): Promise<number> {
  const found = await Promise.all(
    CONFIGURATIONS.map((resource) =>
      guide.installation.cluster.get(
        `/apis/admissionregistration.k8s.io/v1/${resource}/gmsa-operator`,
      ),
    ),
  );
  return found.filter((configuration) => configuration !== undefined).length;
}

async function traces(): Promise<readonly string[]> {
  const kinds = ['crds', 'clusterroles', 'clusterrolebindings', 'validatingadmissionpolicies'];
  const names = await guide.installation.cluster.kubectl('get', kinds.join(), '--output=name');
  return names.split('\n').filter((name) => name.includes('gmsa'));
}

/** As the document says of it. */
async function uninstalled(): Promise<void> {
  await waitFor('the webhook configurations to be gone', async () => (await registered()) === 0);
  await freeLease(guide);
}

describe('docs/install.md', () => {
  it('installs the chart, and sees that it works', async () => {
    await guide.run('Install');
    await applySample(guide);
    expect(await registered()).toBe(2);
  });

  it('upgrades it, and rolls it back', async () => {
    await guide.run('Upgrade and roll back');
    expect(await guide.installation.uninstall()).toMatchObject({ code: 0 });
    await uninstalled();
  });

  it('installs the same without Helm', async () => {
    await guide.run('Without Helm');
    const { cluster } = guide.installation;
    await cluster.kubectl(
      ...['rollout', 'status', 'deployment/gmsa-operator', '--timeout=60s'],
      ...['--namespace', 'gmsa-operator-system'],
    );
    await waitFor('the webhooks to be registered', async () => (await registered()) === 2);
    await cluster.kubectl('delete', '-k', 'config/default');
    await uninstalled();
  });

  it('runs out of the cluster, until Ctrl-C', async () => {
    const output = await guide.run('Out of the cluster', { interruptAt: /Became the leader/ });
    expect(output).toContain('Became the leader');
  });

  it('is uninstalled, and leaves nothing where that is wanted', async () => {
    const { cluster } = guide.installation;
    await cluster.kubectl('delete', '-f', 'crds', '-f', 'config/rbac');
    const chart = await openGuide('charts/gmsa-operator/README.md', {
      kubeconfig: cluster.controlPlane.kubeconfigPath,
    });
    try {
      await chart.run('gmsa-operator');
      expect(chart.left()).toEqual([]);
    } finally {
      await chart.close();
    }
    await guide.run('Uninstall');
    await uninstalled();
    await guide.run('What stays');
    expect(await traces()).toEqual([]);
  });

  it('is uninstalled without Helm', async () => {
    const { cluster } = guide.installation;
    await cluster.kubectl('apply', '-k', 'config/default');
    await applySample(guide);
    await guide.run('Installed without Helm');
    await uninstalled();
    expect(await traces()).toEqual([
      'customresourcedefinition.apiextensions.k8s.io/gmsacredentialspecs.windows.k8s.io',
      'clusterrole.rbac.authorization.k8s.io/gmsa-operator:gmsa-webapp1',
    ]);
  });

  it('has no other commands, and every pod of the operator has run', () => {
    expect(guide.left()).toEqual([]);
    expect(guide.pods.problems()).toEqual([]);
  });
});
