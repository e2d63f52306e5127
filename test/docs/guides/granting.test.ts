// SPDX-License-Identifier: Apache-2.0
// docs/granting.md, done as it says.
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
  guide = await startGuide('docs/granting.md');
  await installOperator(guide);
  await applySample(guide);
});

afterAll(() => guide.close());

const canUse = (account: string): Promise<boolean> =>
  guide.installation.cluster.canUse('gmsa-webapp1', account);

const annotation = async (): Promise<string | undefined> => {
  const { metadata } = await guide.installation.cluster.credspec('gmsa-webapp1');
  return metadata.annotations?.['gmsa-operator.io/allowed-service-accounts'];
};

describe('docs/granting.md', () => {
  it('grants to a service account, and to all of a namespace', async () => {
    const { cluster } = guide.installation;
    for (const namespace of ['shop', 'batch'])
      await cluster.kubectl('create', 'namespace', namespace);
    await guide.run('Grant');
    expect(await annotation()).toBe('shop/web, batch/*');
    expect([await canUse('shop/web'), await canUse('batch/any'), await canUse('shop/any')]).toEqual(
      [true, true, false],
    );
  });

  it('grants in a file', async () => {
    await guide.write('gmsa-webapp1.yaml', await guide.read('config/samples/gmsa-webapp1.yaml'));
    await guide.run('In files and in Git');
    expect(await guide.read('gmsa-webapp1.yaml')).toContain('shop/api');
  });

  it('shows who may use it, and waits in scripts', async () => {
    await deployWorkload(guide, { name: 'web', namespace: 'shop', credspec: 'gmsa-webapp1' });
    await guide.run('See that it is in force');
  });

  it('takes it away again', async () => {
    await guide.run('Revoke');
    expect(await annotation()).toBeUndefined();
    expect(await canUse('batch/any')).toBe(false);
  });

  it('lets a group grant, and another one bind', async () => {
    await guide.run('Who may grant');
    const asOwner = ['--as=somebody', '--as-group=team-web'];
    await guide.installation.cluster.kubectl(
      ...['auth', 'can-i', 'patch', 'gmsacredentialspecs/gmsa-webapp1', ...asOwner],
    );
    await guide.run('Bindings of your own');
    // The API server's authorizer hears of a binding a moment after its writer.
    await waitFor('the binding to be in force', () => canUse('shop/web'));
  });

  it('has no other commands', () => {
    expect(guide.left()).toEqual([]);
  });
});
