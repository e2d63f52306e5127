// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type * as X509 from '@peculiar/x509';
import { joinBundle } from './certificate.ts';
import {
  type CertificateSecret,
  certificateSecretData,
  readCertificateSecret,
} from './certificate-secret.ts';
import {
  type ExternalTrust,
  externalTrustAnnotations,
  planExternal,
  readExternalTrust,
} from './external-plan.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import {
  at,
  checked,
  DAY,
  foreignPair,
  HOUR,
  newAuthority,
  newServing,
  START,
} from './testing/certificates.ts';

const names = { dnsNames: ['webhook.ns.svc'], ipAddresses: [] };
const NOTHING = readExternalTrust([]);
const NOW = at(10 * DAY);
/** A serving certificate of ours lasts an hour longer, as it begins an hour early. */
const LIFE = 90 * DAY + HOUR;

const [first, second, third, planted] = [
  await newAuthority(),
  await newAuthority({ now: at(DAY) }),
  await newAuthority({ now: at(2 * DAY) }),
  await newAuthority({ now: at(3 * DAY) }),
];
const secrets = {
  first: await secretOf(first),
  second: await secretOf(second),
  third: await secretOf(third),
};

async function secretOf(authority: CheckedKeyPair): Promise<CertificateSecret> {
  const serving = await newServing(authority);
  return readCertificateSecret(certificateSecretData(serving, [authority.leaf]));
}

function plan(secret: CertificateSecret, before: ExternalTrust, now = NOW) {
  return planExternal({ secret, before, names, now });
}

/** What a replica that begins to lead reads of what was written before. */
function reread(trust: ExternalTrust): ExternalTrust {
  const live = {
    caBundles: [joinBundle(trust.bundle)],
    annotations: externalTrustAnnotations(trust),
  };
  return readExternalTrust([live, live]);
}

function held({ bundle, previousUntil }: ExternalTrust) {
  const known = { first, second, third, planted };
  return {
    bundle: bundle.map(
      ({ fingerprint }) =>
        Object.entries(known).find(([, { leaf }]) => leaf.fingerprint === fingerprint)?.[0],
    ),
    until: previousUntil,
  };
}

describe('the bundle of external certificates', () => {
  it('is the ca.crt of the Secret, from the first look on', () => {
    const { trust, problem, againInMs } = plan(secrets.first, NOTHING);
    expect(held(trust)).toEqual({ bundle: ['first'], until: undefined });
    expect(externalTrustAnnotations(trust)).toEqual({});
    expect(problem).toBeUndefined();
    expect(againInMs).toBe(HOUR);
  });

  it.each([
    ['the same replica', (trust: ExternalTrust) => trust],
    ['the next one', reread],
  ])(
    'keeps a previous CA while a certificate that it signed may be valid, as %s sees it',
    (_, go) => {
      const until = at(10 * DAY + LIFE + HOUR);
      const one = go(plan(secrets.first, NOTHING).trust);
      const two = go(plan(secrets.second, one).trust);
      expect(held(two)).toEqual({ bundle: ['second', 'first'], until });
      expect(externalTrustAnnotations(two)).toEqual({
        'gmsa-operator.io/previous-ca-until': until.toISOString().replace('.000Z', 'Z'),
      });
      const later = go(plan(secrets.second, two, at(90 * DAY)).trust);
      expect(held(later)).toEqual({ bundle: ['second', 'first'], until });
      const after = plan(secrets.second, later, until).trust;
      expect(held(after)).toEqual({ bundle: ['second'], until: undefined });
    },
  );

  it.each([
    ['the same replica', (trust: ExternalTrust) => trust],
    ['the next one', reread],
  ])('keeps all CAs longer when the next one comes early, as %s sees it', (_, go) => {
    const one = go(plan(secrets.first, NOTHING).trust);
    const two = go(plan(secrets.second, one).trust);
    const three = go(plan(secrets.third, two, at(20 * DAY)).trust);
    expect(held(three)).toEqual({
      bundle: ['third', 'second', 'first'],
      until: at(20 * DAY + LIFE + HOUR),
    });
  });

  it('keeps a CA that is only taken away from ca.crt', () => {
    const overlap = { ...secrets.second, authorities: [first.leaf, second.leaf] };
    const two = plan(overlap, plan(secrets.first, NOTHING).trust).trust;
    expect(held(two)).toEqual({ bundle: ['second', 'first'], until: undefined });
    const expected = { bundle: ['second', 'first'], until: at(20 * DAY + LIFE + HOUR) };
    expect(held(plan(secrets.second, two, at(20 * DAY)).trust)).toEqual(expected);
    expect(held(plan(secrets.second, reread(two), at(20 * DAY)).trust)).toEqual(expected);
  });

  it('keeps no CA beyond its own end', () => {
    const two = plan(secrets.second, plan(secrets.first, NOTHING).trust, at(364 * DAY)).trust;
    expect(held(two).bundle).toEqual(['second', 'first']);
    const after = plan(secrets.second, two, at(365 * DAY)).trust;
    expect(held(after)).toEqual({ bundle: ['second'], until: undefined });
  });

  it('takes nothing over from a configuration while a replica leads', () => {
    const { trust } = plan(secrets.first, NOTHING);
    expect(held(plan(secrets.first, trust).trust).bundle).toEqual(['first']);
  });

  it('gives what it cannot explain at the start its time, and no more', () => {
    const live = { caBundles: [joinBundle([planted.leaf, first.leaf])], annotations: {} };
    const one = plan(secrets.first, readExternalTrust([live])).trust;
    const until = at(10 * DAY + LIFE + HOUR);
    expect(held(one)).toEqual({ bundle: ['planted', 'first'], until });
    expect(held(plan(secrets.first, reread(one), until).trust).bundle).toEqual(['first']);
  });

  it('reads an annotation that is no time as none', () => {
    const annotations = { 'gmsa-operator.io/previous-ca-until': 'tomorrow' };
    expect(readExternalTrust([{ caBundles: [], annotations }]).previousUntil).toBeUndefined();
  });

  it('stays as it is while the Secret is missing or holds rubbish', () => {
    const { trust } = plan(secrets.first, NOTHING);
    expect(plan(readCertificateSecret(undefined), trust)).toMatchObject({
      trust,
      problem: { type: 'unusable', words: 'does not exist' },
    });
    expect(plan(readCertificateSecret({ 'ca.crt': 'AAAA' }), trust)).toMatchObject({
      trust,
      problem: { type: 'unusable', words: 'holds no certificate' },
    });
  });

  it('has no more than eight previous CAs', async () => {
    let { trust } = plan(secrets.first, NOTHING);
    for (let day = 1; day <= 10; day++) {
      const secret = await secretOf(await newAuthority({ now: at(day * DAY) }));
      trust = plan(secret, trust).trust;
    }
    expect(trust.bundle).toHaveLength(9);
    expect(held(trust).bundle).not.toContain('first');
  });
});

describe('a Secret without ca.crt', () => {
  const without = (pair: CheckedKeyPair): CertificateSecret => ({
    keyPair: { type: 'valid', pair },
    authorities: [],
  });
  const san = (x509: typeof X509) => [
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'webhook.ns.svc' }]),
  ];

  it('is trusted by the root that comes in its chain', async () => {
    const root = await foreignPair({ commonName: 'root', isAuthority: true });
    const middle = await foreignPair({ commonName: 'middle', isAuthority: true, issuer: root });
    const leaf = await foreignPair({ commonName: 'leaf', issuer: middle, extensions: san });
    const certificate = leaf.certificate + middle.certificate + root.certificate;
    const { trust, problem } = plan(without(checked({ ...leaf, certificate })), NOTHING);
    expect(joinBundle(trust.bundle)).toBe(root.certificate);
    expect(problem).toBeUndefined();
  });

  it('is trusted itself where it is self-signed', async () => {
    const alone = checked(await foreignPair({ commonName: 'alone', extensions: san }));
    const { trust, problem } = plan(without(alone), NOTHING);
    expect(trust.bundle).toEqual([alone.leaf]);
    expect(problem).toBeUndefined();
  });

  it('has to get one otherwise', async () => {
    const { trust } = plan(secrets.first, NOTHING);
    expect(plan(without(await newServing(second)), trust)).toMatchObject({
      trust,
      problem: { type: 'unusable', words: expect.stringContaining('add "ca.crt"') },
    });
  });
});

describe('what is wrong with the Secret', () => {
  it.each([
    [
      'its certificate has expired',
      secrets.first,
      names,
      at(100 * DAY),
      'unusable',
      'holds a certificate that expired',
    ],
    [
      'it is for another name',
      secrets.first,
      { ...names, dnsNames: ['a.b.svc'] },
      NOW,
      'unusable',
      'holds a certificate that does not name a.b.svc',
    ],
    [
      'its ca.crt is of another CA',
      { ...secrets.first, authorities: [second.leaf] },
      names,
      NOW,
      'untrusted',
      'holds a certificate that no CA of its "ca.crt" has signed',
    ],
  ])(
    'is told where %s; its ca.crt is trusted all the same',
    (_, secret, serverNames, now, type, words) => {
      const planned = planExternal({ secret, before: NOTHING, names: serverNames, now });
      expect(planned.problem).toEqual({ type, words: expect.stringContaining(words) });
      expect(planned.trust.bundle).toEqual(secret.authorities);
    },
  );

  it('may be a bundle of public CAs: they are all trusted', () => {
    const authorities = [first.leaf, second.leaf, third.leaf];
    const { trust } = planExternal({
      secret: { ...secrets.second, authorities },
      before: NOTHING,
      names,
      now: START,
    });
    expect(trust.bundle).toHaveLength(3);
  });
});
