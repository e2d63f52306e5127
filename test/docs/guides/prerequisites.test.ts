// SPDX-License-Identifier: Apache-2.0
// docs/prerequisites.md, as far as it can be done without Windows, Active Directory and Azure.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { established } from '../../support/established.ts';
import { WEBAPP1_CONTENTS } from '../../support/test-cluster.ts';
import {
  applySample,
  deployWorkload,
  type FollowedGuide,
  freeLease,
  installOperator,
  startGuide,
} from './followed-guide.ts';

jest.setTimeout(120_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/prerequisites.md', {
    // Whoever edits the Corefile.
    env: { KUBE_EDITOR: "sed -i 's/errors/log/'" },
  });
  const { cluster } = guide.installation;
  // AKS brings it.
  await cluster.kubectl('apply', '-f', 'test/support/fixtures/crd-existing.yaml');
  await established(cluster.kubectl);
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    data: { Corefile: '.:53 {\n    errors\n}\n' },
  });
});

afterAll(() => guide.close());

describe('docs/prerequisites.md', () => {
  it('leaves admission and the CustomResourceDefinition to AKS', async () => {
    await guide.run('AKS');
    const { cluster } = guide.installation;
    expect(
      await cluster.kubectl(
        ...['get', 'mutatingwebhookconfigurations', '--output=name', '--ignore-not-found'],
      ),
    ).toBe('');
  });

  it("edits the rules of the cluster's DNS", async () => {
    expect(await guide.run('DNS')).toContain('configmap/coredns edited');
  });

  it('makes the credential spec from JSON, and from values', async () => {
    await guide.write('WebApp1-credspec.json', JSON.stringify(WEBAPP1_CONTENTS));
    expect(await guide.run('The credential spec')).toContain('nothing is wrong');
    expect(await guide.read('gmsa-webapp1.yaml')).toContain('MachineAccountName: WebApp1');
  });

  it('sees that it works', async () => {
    const { installation } = guide;
    const { cluster } = installation;
    expect(await installation.uninstall()).toMatchObject({ code: 0 });
    await freeLease(guide);
    await cluster.kubectl('delete', '-f', 'test/support/fixtures/crd-existing.yaml');
    await installOperator(guide);
    await applySample(guide);
    await cluster.kubectl('create', 'namespace', 'shop');
    await cluster.allow('gmsa-webapp1', 'shop/web');
    await cluster.condition('gmsa-webapp1', 'Ready', { status: 'True', reason: 'Ready' });
    await deployWorkload(guide, { name: 'web', namespace: 'shop', credspec: 'gmsa-webapp1' });
    const output = await guide.run('See that it works');
    expect(output).toContain('Nothing is wrong.');
    expect(output).toContain('All links hold');
  });

  it('has no other commands', () => {
    expect(guide.left()).toEqual([]);
  });
});
