// SPDX-License-Identifier: Apache-2.0
// The rotation as a whole, in a model: whoever dies wherever, every replica that serves has a
// certificate that is valid and that the API servers trust. The model checks it after each change, and
// throws where it is not so.
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { splitBundle } from './certificate.ts';
import { certificateSecretData, readCertificateSecret } from './certificate-secret.ts';
import { signedBy } from './signed-by.ts';
import { HOUR, newAuthority, newServing, SECOND } from './testing/certificates.ts';
import {
  createRotationModel,
  type Disturbance,
  type IssuingCache,
  type RotationModel,
  type Stored,
} from './testing/rotation-model.ts';

// Thousands of steps each, with real signatures.
jest.setTimeout(120_000);

const issued: IssuingCache = new Map();

/** Two CAs and their handovers; in the model a CA lasts 30 s and is replaced after 20. */
const TWO_ROTATIONS = 45 * SECOND;

/** From the first start until the second CA has signed what is served. */
const WRITES_OF_ONE_ROTATION = 10;

/** The new CA becomes known, and its serving certificate is issued and served. */
const HANDOVER = 5 * SECOND;

async function rotate(
  untilMs: number,
  afterWrite: (write: number) => Disturbance = () => ({}),
): Promise<RotationModel> {
  const model = createRotationModel({ replicas: 2, issued });
  await model.run(untilMs, afterWrite);
  return model;
}

/**
 * Before the time is up that one handover takes, both replicas serve what the Secret holds, signed by
 * the CA in its Secret, and all bundles are the same.
 */
async function expectSettled(model: RotationModel): Promise<void> {
  const until = model.nowMs() + HANDOVER;
  while (!isSettled(model) && model.nowMs() < until) await model.run(model.nowMs() + SECOND / 2);
  expect({ until, isSettled: isSettled(model) }).toEqual({ until, isSettled: true });
}

function isSettled({ stored, served }: RotationModel): boolean {
  const { keyPair } = readCertificateSecret(stored.authority);
  if (keyPair.type !== 'valid') return false;
  const bundle = text(stored.serving?.['ca.crt']);
  return (
    bundle.includes(keyPair.pair.leaf.pem) &&
    served().every(
      (pair) =>
        pair?.certificate === text(stored.serving?.['tls.crt']) &&
        signedBy(pair.leaf, keyPair.pair.leaf),
    ) &&
    [stored.mutating, stored.validating, text(stored.authority?.['ca.crt'])].every(
      (other) => other === bundle,
    )
  );
}

const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString();

describe('a rotation', () => {
  it('goes on for ever, with no more CAs trusted than may have signed what is served', async () => {
    let mostTrusted = 0;
    const model = createRotationModel({ replicas: 2, issued });
    await model.run(195 * SECOND, () => {
      mostTrusted = Math.max(mostTrusted, splitBundle(model.stored.mutating ?? '').length);
      return {};
    });
    await expectSettled(model);
    expect(model.authoritiesSeen()).toBe(10);
    expect(mostTrusted).toBe(2);
  });

  const writes: number[] = [];

  it('makes a handful of writes', async () => {
    await rotate(TWO_ROTATIONS, (write) => {
      writes.push(write);
      return {};
    });
    // Start: CA, leaf, two configurations. A rotation: CA, two configurations, ca.crt of the other
    // Secret, leaf; and three bundles more when the old CA goes, with its Secret four.
    expect(writes.length).toBeGreaterThan(15);
    expect(writes.length).toBeLessThan(30);
  });

  it.each<[string, Disturbance]>([
    ['the leader dies, and the next one begins at once', { leaderDownMs: 0 }],
    ['the leader dies, and the next one begins 3 s later', { leaderDownMs: 3 * SECOND }],
    ['a replica dies', { restart: 1 }],
    ['the leader dies, and the other replica too', { leaderDownMs: SECOND, restart: 0 }],
  ])('survives that %s, after any one write', async (_, disturbance) => {
    for (const fatal of writes) {
      const model = await rotate(TWO_ROTATIONS, (write) => (write === fatal ? disturbance : {}));
      await expectSettled(model);
    }
  });

  it('survives that the leader dies after any write, and a replica after any other', async () => {
    const inOneRotation = writes.filter((write) => write <= WRITES_OF_ONE_ROTATION);
    for (const fatal of inOneRotation) {
      for (const restarting of inOneRotation) {
        const model = await rotate(TWO_ROTATIONS / 2 + HANDOVER, (write) => ({
          ...(write === fatal ? { leaderDownMs: SECOND } : {}),
          ...(write === restarting ? { restart: write % 2 } : {}),
        }));
        await expectSettled(model);
      }
    }
  });

  it.each<[string, Disturbance]>([
    ['every leader dies after its first write', { leaderDownMs: 0 }],
    ['a replica dies after each write', { restart: 0 }],
    ['both happens', { leaderDownMs: SECOND / 2, restart: 1 }],
  ])('survives that %s', async (_, disturbance) => {
    await expectSettled(await rotate(2 * TWO_ROTATIONS, () => disturbance));
  });

  it('survives whatever comes together', async () => {
    const disturbance = fc.record(
      {
        leaderDownMs: fc.nat(SECOND / 2),
        restart: fc.nat(1),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(disturbance, { maxLength: 40 }), async (disturbances) => {
        const model = await rotate(TWO_ROTATIONS, (write) => disturbances[write - 1] ?? {});
        await expectSettled(model);
      }),
      { numRuns: 40, seed: 689 },
    );
  });
});

describe('damage', () => {
  /** Before and after each of the events of a rotation, and between them. */
  const MOMENTS = [500, 10_000, 13_500, 20_000, 20_500, 22_000, 22_500, 31_000];

  const rubbish = { 'tls.crt': 'AAAA', 'tls.key': 'AAAA', 'ca.crt': 'AAAA' };
  let atStart: Stored = { authority: {}, serving: {}, mutating: '', validating: '' };

  it.each<[string, (stored: Stored) => Promise<void> | void]>([
    ['the CA is deleted', (stored) => void (stored.authority = undefined)],
    ['the serving certificate is deleted', (stored) => void (stored.serving = undefined)],
    [
      'both are deleted',
      (stored) => {
        stored.authority = undefined;
        stored.serving = undefined;
      },
    ],
    [
      'both Secrets hold rubbish',
      (stored) => {
        stored.authority = rubbish;
        stored.serving = rubbish;
      },
    ],
    [
      'the CA loses its key',
      (stored) => void (stored.authority = { ...stored.authority, 'tls.key': 'AAAA' }),
    ],
    [
      'both Secrets are restored from long ago',
      (stored) => {
        stored.authority = atStart.authority;
        stored.serving = atStart.serving;
      },
    ],
    ['the CA alone is restored', (stored) => void (stored.authority = atStart.authority)],
    [
      'someone plants a pair of another CA',
      async (stored) => {
        const foreign = await newAuthority();
        const pair = await newServing(foreign);
        stored.serving = certificateSecretData(pair, [foreign.leaf]);
      },
    ],
    [
      'someone plants another CA',
      async (stored) => {
        const foreign = await newAuthority();
        stored.authority = certificateSecretData(foreign, [foreign.leaf]);
      },
    ],
    [
      'the configurations are deleted',
      (stored) => {
        stored.mutating = undefined;
        stored.validating = undefined;
      },
    ],
  ])('is survived at any time: %s', async (_, damage) => {
    for (const moment of MOMENTS) {
      const model = createRotationModel({ replicas: 2, issued, apiServerLagMs: 0 });
      await model.run(SECOND / 4);
      atStart = { ...model.stored };
      await model.run(moment);
      const damaged = { ...model.stored };
      await damage(damaged);
      model.damage((stored) => Object.assign(stored, damaged));
      await model.run(moment + TWO_ROTATIONS);
      await expectSettled(model);
    }
  });

  it('of a bundle is repaired, and what was planted there is not kept', async () => {
    const planted = await newAuthority({ validityMs: HOUR });
    for (const moment of MOMENTS) {
      const model = createRotationModel({ replicas: 2, issued, apiServerLagMs: 0 });
      await model.run(moment);
      model.damage((stored) => {
        stored.mutating = planted.leaf.pem + String(stored.mutating);
        stored.validating = planted.leaf.pem + String(stored.validating);
      });
      await model.run(moment);
      expect(model.stored.mutating).not.toContain(planted.leaf.pem);
      expect(model.stored.validating).not.toContain(planted.leaf.pem);
      await expectSettled(model);
    }
  });

  it('would be noticed by the model', async () => {
    const model = createRotationModel({ replicas: 1, issued });
    await model.run(SECOND);
    model.damage((stored) => void (stored.mutating = ''));
    model.killLeader(5 * SECOND);
    await expect(model.run(2 * SECOND)).rejects.toThrow('an API server refuses a replica');
  });
});
