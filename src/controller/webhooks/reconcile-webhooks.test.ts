// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { CertificateState } from './certificate-reconciler.ts';
import { reconcileWebhooks, type WebhookReconcileContext } from './reconcile-webhooks.ts';
import { GATE_LOOK_MS } from './registration-gate.ts';
import type { WebhookProblem } from './webhook-problems.ts';

const UNFIT: WebhookProblem = { reason: 'CertificateInvalid', message: 'has expired' };

interface World {
  readonly notRead?: string;
  readonly registered?: 'both' | 'one';
  readonly state?: Partial<CertificateState>;
  readonly mayCreate?: boolean;
  /** Certificates that are left to issue. */
  readonly toIssue?: number;
  readonly configurationsAgainInMs?: number;
  readonly fails?: 'complete' | 'configurations' | 'owner' | 'prepare';
}

/** A context, and what was done with it, in order. */
function setUp(world: World) {
  const did: string[] = [];
  let toIssue = world.toIssue ?? 0;
  const step = async <T>(name: string, result: T): Promise<T> => {
    did.push(name);
    await Promise.resolve();
    if (name === world.fails) throw new Error(`${name} failed`);
    return result;
  };
  const context: WebhookReconcileContext = {
    notRead: () => world.notRead,
    informers: {
      mutating: { size: world.registered === undefined ? 0 : 1 },
      validating: { size: world.registered === 'both' ? 1 : 0 },
    },
    certificates: {
      prepare: () =>
        step('prepare', {
          caBundle: 'PEM',
          annotations: { 'gmsa-operator.io/trust': 'x' },
          problem: undefined,
          againInMs: 3_600_000,
          ...world.state,
        }),
      complete: () => step('complete', toIssue-- > 0 ? 'done' : 'nothing'),
    },
    configurations: {
      reconcile: async (settings, mode) => {
        expect(settings).toMatchObject({
          caBundle: 'PEM',
          annotations: { 'gmsa-operator.io/trust': 'x' },
          owner: { name: 'owner' },
        });
        await step('configurations', undefined);
        did.push(mode);
        return { againInMs: world.configurationsAgainInMs ?? Infinity };
      },
    },
    owner: {
      get: () => step('owner', { name: 'owner', uid: 'uid-1' }),
      forget: () => {
        did.push('forget owner');
      },
    },
    gate: {
      mayCreate: () => step('gate', world.mayCreate ?? true),
      nothingMissing: () => {
        did.push('nothing missing');
      },
    },
    target: { type: 'url', base: 'https://127.0.0.1:9443' },
    serving: {
      look: () => {
        did.push('look');
      },
    },
  };
  return { did, run: () => reconcileWebhooks(context) };
}

describe('a reconcile of the webhooks', () => {
  it.each<readonly [string, World, readonly string[], number]>([
    [
      'keeps configurations that are there, and comes back after a while',
      { registered: 'both' },
      ['prepare', 'nothing missing', 'owner', 'configurations', 'create', 'complete', 'look'],
      15_000,
    ],
    [
      'creates one that is missing when the gate allows it, with the owner as it is now',
      { registered: 'one' },
      ['prepare', 'forget owner', 'gate', 'owner', 'configurations', 'create', 'complete', 'look'],
      2_000,
    ],
    [
      'creates none before the gate allows it, and asks again soon',
      { mayCreate: false },
      ['prepare', 'forget owner', 'gate', 'owner', 'configurations', 'update', 'complete', 'look'],
      GATE_LOOK_MS,
    ],
    [
      'registers nothing without a CA bundle',
      { state: { caBundle: undefined } },
      ['prepare', 'complete', 'look'],
      2_000,
    ],
    [
      'begins again after it issued a certificate',
      { state: { caBundle: undefined }, toIssue: 1 },
      ['prepare', 'complete', 'look', 'prepare', 'complete', 'look'],
      2_000,
    ],
    [
      'comes back when a certificate is due',
      { registered: 'both', state: { againInMs: 700 } },
      ['prepare', 'nothing missing', 'owner', 'configurations', 'create', 'complete', 'look'],
      700,
    ],
    [
      'comes back for a repair that was postponed',
      { registered: 'both', configurationsAgainInMs: 900 },
      ['prepare', 'nothing missing', 'owner', 'configurations', 'create', 'complete', 'look'],
      900,
    ],
  ])('%s', async (_, world, did, againInMs) => {
    const reconcile = setUp(world);
    const outcome = await reconcile.run();
    expect(outcome).toEqual({ type: 'reconciled', problem: undefined, againInMs });
    expect(reconcile.did).toEqual(did);
  });

  it('returns what a person has to correct', async () => {
    const reconcile = setUp({ registered: 'both', state: { problem: UNFIT } });
    expect(await reconcile.run()).toMatchObject({ type: 'reconciled', problem: UNFIT });
  });

  it.each<readonly [string, World, WebhookProblem['reason'], string]>([
    [
      'what is not read yet',
      { registered: 'both', notRead: 'no list' },
      'CertificateInvalid',
      'no list',
    ],
    [
      'certificates',
      { registered: 'both', fails: 'prepare' },
      'CertificateInvalid',
      'prepare failed',
    ],
    ['issuing', { registered: 'both', fails: 'complete' }, 'CertificateInvalid', 'complete failed'],
    [
      'the owner',
      { registered: 'both', fails: 'owner' },
      'WebhookConfigurationMissing',
      'owner failed',
    ],
    [
      'configurations',
      { registered: 'both', fails: 'configurations' },
      'WebhookConfigurationMissing',
      'configurations failed',
    ],
    [
      'certificates while a configuration is missing',
      { fails: 'prepare' },
      'WebhookConfigurationMissing',
      'prepare failed',
    ],
  ])('that fails because of %s names the reason', async (_, world, reason, error) => {
    const outcome = await setUp(world).run();
    expect(outcome).toMatchObject({
      type: 'failed',
      problem: { reason, message: expect.stringContaining(error) as unknown },
      error: new Error(error),
    });
  });

  it('does nothing before everything is read', async () => {
    const reconcile = setUp({ notRead: 'no list' });
    await reconcile.run();
    expect(reconcile.did).toEqual([]);
  });
});
