// SPDX-License-Identifier: Apache-2.0
// README.md, done as it says.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type FollowedGuide, startGuide } from './followed-guide.ts';

jest.setTimeout(180_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('README.md', { plugin: 'to-be-installed' });
});

afterAll(() => guide.close());

describe('README.md', () => {
  it('brings the operator into a cluster, and lets somebody use a credential spec', async () => {
    await guide.run('Use it on a cluster');
    const { cluster } = guide.installation;
    await cluster.kubectl('create', 'namespace', 'shop');
    await cluster.condition('gmsa-webapp1', 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse('gmsa-webapp1', 'default/default')).toBe(true);
    expect(await cluster.canUse('gmsa-webapp1', 'shop/web')).toBe(true);
  });

  it('has no other commands', () => {
    expect(guide.left()).toEqual([]);
  });
});
