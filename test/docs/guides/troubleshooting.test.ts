// SPDX-License-Identifier: Apache-2.0
// docs/troubleshooting.md and docs/credential-spec-checks.md: the questions that they tell to ask, where nothing
// is wrong. What is found where something is, the tests of the commands show (test/cli).
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseTarGzip } from 'nanotar';
import {
  applySample,
  deployWorkload,
  type FollowedGuide,
  installOperator,
  startGuide,
} from './followed-guide.ts';
import { openGuide } from './guide.ts';

jest.setTimeout(120_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/troubleshooting.md');
  await installOperator(guide);
  await applySample(guide);
  const { cluster } = guide.installation;
  await cluster.kubectl('create', 'namespace', 'shop');
  await cluster.allow('gmsa-webapp1', 'shop/web');
  await cluster.condition('gmsa-webapp1', 'Ready', { status: 'True', reason: 'Ready' });
  await deployWorkload(guide, { name: 'web', namespace: 'shop', credspec: 'gmsa-webapp1' });
});

afterAll(() => guide.close());

describe('docs/troubleshooting.md', () => {
  it('asks about a workload, a credential spec and the installation', async () => {
    const output = await guide.run('Troubleshooting');
    expect(output).toContain('All links hold');
    expect(output).toMatch(/shop\/web-\S+ +windows-0 +Running +current/);
    expect(output).toContain('Nothing is wrong.');
  });

  it('makes a bundle for a support case', async () => {
    await guide.run('A support case');
    const files = await parseTarGzip(await guide.readBytes('gmsa.tar.gz'));
    expect(files.length).toBeGreaterThan(3);
    expect(guide.left()).toEqual([]);
  });
});

describe('docs/credential-spec-checks.md', () => {
  it('says where the operator tells what it has found', async () => {
    const { kubeconfigPath: kubeconfig } = guide.installation.cluster.controlPlane;
    const checks = await openGuide('docs/credential-spec-checks.md', { kubeconfig });
    try {
      await checks.run('What the operator checks in a credential spec');
      expect(checks.left()).toEqual([]);
    } finally {
      await checks.close();
    }
  });
});
