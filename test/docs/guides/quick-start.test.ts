// SPDX-License-Identifier: Apache-2.0
// docs/quick-start.md, from nothing to a running pod. The Windows node is simulated, and what its programs print
// was recorded of real ones.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clusterRolePath } from '../../support/test-cluster.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type FollowedGuide, startGuide } from './followed-guide.ts';

jest.setTimeout(180_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/quick-start.md', { plugin: 'to-be-installed' });
});

afterAll(() => guide.close());

describe('docs/quick-start.md', () => {
  it('installs plugin and operator', async () => {
    const output = await guide.run('1. Install plugin and operator');
    expect(output).toContain('Usage: kubectl gmsa COMMAND');
    expect(guide.pods.problems()).toEqual([]);
  });

  it('makes the credential spec', async () => {
    await guide.run('2. Make the credential spec');
  });

  it('allows a service account', async () => {
    await guide.run('3. Allow a service account');
  });

  it('runs a pod as the account', async () => {
    await guide.run('4. Run a pod');
  });

  it('takes away what was made', async () => {
    await guide.run('5. Clean up');
    const { cluster } = guide.installation;
    await waitFor('the access to be gone', async () => {
      return (await cluster.get(clusterRolePath('gmsa-webapp1'))) === undefined;
    });
  });

  it('has no other commands', () => {
    expect(guide.left()).toEqual([]);
  });
});
