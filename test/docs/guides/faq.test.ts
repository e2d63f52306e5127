// SPDX-License-Identifier: Apache-2.0
// docs/faq.md: what it tells to ask and to do.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/wait-for.ts';
import {
  applySample,
  deployWorkload,
  type FollowedGuide,
  installOperator,
  startGuide,
} from './followed-guide.ts';

jest.setTimeout(120_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/faq.md');
  await installOperator(guide);
  await applySample(guide);
  await guide.installation.cluster.kubectl('create', 'namespace', 'shop');
});

afterAll(() => guide.close());

describe('docs/faq.md', () => {
  it('shows why pods are not made, and has them made', async () => {
    const { cluster } = guide.installation;
    await deployWorkload(guide, { name: 'web', namespace: 'shop', credspec: 'gmsa-webapp1' });
    const events = ['get', 'events', '--namespace=shop', '--field-selector=reason=FailedCreate'];
    await waitFor('a refusal', async () => (await cluster.kubectl(...events)).includes('web'));
    const output = await guide.run(
      'It works in the namespace `default` only. Why are pods not made in another?',
    );
    expect(output).toContain('service account "web" is not authorized');
  });

  it('asks before a pod is made', async () => {
    const title = 'The pod was denied: "is not authorized to `use` GMSA cred spec". And now?';
    expect(await guide.run(title)).toMatch(/^yes$/m);
  });

  it('looks whether the account works', async () => {
    const { cluster } = guide.installation;
    const inShop = '--namespace=shop';
    await cluster.kubectl('rollout', 'restart', 'deployment/web', inShop);
    await cluster.kubectl('rollout', 'status', 'deployment/web', inShop, '--timeout=60s');
    expect(await guide.run('How do I see that it works?')).toContain('All links hold');
  });

  it('finds mistakes in files', async () => {
    await guide.write(
      'credspecs/webapp1.yaml',
      await guide.read('config/samples/gmsa-webapp1.yaml'),
    );
    const output = await guide.run(
      'Can mistakes in it be found before the node stumbles over them?',
    );
    expect(output).toContain('nothing is wrong');
  });

  it('gives pods random host names', async () => {
    await guide.run('Replicas lose the trust of the domain, one after the other. Why?');
  });

  it('has no other commands', () => {
    expect(guide.left()).toEqual([]);
  });
});
