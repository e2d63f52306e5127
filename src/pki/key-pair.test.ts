// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { certificateSecretData, readCertificateSecret } from './certificate-secret.ts';
import { type KeyPair, readKeyPair } from './key-pair.ts';
import { foreignPair, newAuthority, newServing } from './testing/certificates.ts';

const authority = await newAuthority();
const pair = await newServing(authority);
const other = await newServing(authority);

describe('a key pair', () => {
  it('is read with all its certificates, and nothing else', () => {
    const reading = readKeyPair({
      certificate: `rubbish\n${pair.certificate}rubbish\n${authority.certificate}`,
      privateKey: pair.privateKey,
    });
    expect(reading).toMatchObject({
      type: 'valid',
      pair: {
        certificate: pair.leaf.pem + authority.leaf.pem,
        leaf: { fingerprint: pair.leaf.fingerprint },
        intermediates: [{ fingerprint: authority.leaf.fingerprint }],
      },
    });
  });

  it('may have its key in another form of PEM', () => {
    const privateKey = createPrivateKey(pair.privateKey).export({ type: 'sec1', format: 'pem' });
    expect(readKeyPair({ ...pair, privateKey: String(privateKey) }).type).toBe('valid');
    const parameters =
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(readKeyPair({ ...pair, privateKey: parameters + String(privateKey) }).type).toBe(
      'valid',
    );
  });

  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  }).privateKey;

  it.each<[Partial<KeyPair>, string]>([
    [{ certificate: '' }, 'holds no certificate'],
    [{ certificate: '\n' }, 'holds no certificate'],
    [{ privateKey: '' }, 'holds no private key'],
    [{ certificate: 'rubbish' }, 'holds a certificate that is not PEM'],
    [{ certificate: pair.privateKey }, 'holds a certificate that is not PEM'],
    [{ privateKey: 'rubbish' }, 'holds a private key that is not PEM'],
    [{ privateKey: '\u0000\u0001\uFFFD' }, 'holds a private key that is not PEM'],
    [{ privateKey: pair.certificate }, 'holds a private key that is not PEM'],
    [{ privateKey: pair.privateKey.slice(0, 100) }, 'holds a private key that is not PEM'],
    [{ privateKey: encrypted }, 'holds a private key that is not PEM (unencrypted'],
    [{ privateKey: other.privateKey }, 'does not belong to the (first) certificate'],
    [{ certificate: authority.certificate + pair.certificate }, 'does not belong to the (first)'],
    [{ certificate: 'x'.repeat(2_000_000) }, 'of more than 1 MiB'],
    [{ privateKey: 'x'.repeat(2_000_000) }, 'of more than 1 MiB'],
  ])('is told apart from rubbish (%#)', (rubbish, problem) => {
    expect(readKeyPair({ ...pair, ...rubbish })).toEqual({
      type: 'invalid',
      problem: expect.stringContaining(problem),
    });
  });

  it('is none where TLS does not take it', async () => {
    const weak = await foreignPair({
      commonName: 'weak',
      algorithm: {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
    });
    expect(readKeyPair(weak)).toMatchObject({
      type: 'invalid',
      problem: expect.stringContaining('is the key too small?'),
    });
  });

  it('is never thrown about, and no part of a key gets into a message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(240), fc.nat(240), (text, from, to) => {
        const privateKey = pair.privateKey.slice(0, from) + text + pair.privateKey.slice(to);
        const reading = readKeyPair({ ...pair, privateKey });
        if (reading.type !== 'invalid') return;
        for (const line of pair.privateKey.split('\n').slice(1, -2)) {
          expect(reading.problem).not.toContain(line);
        }
      }),
    );
  });
});

describe('a Secret', () => {
  it('is read as it was written', () => {
    const { keyPair, authorities } = readCertificateSecret(
      certificateSecretData(pair, [authority.leaf]),
    );
    expect(keyPair).toMatchObject({ type: 'valid', pair: { privateKey: pair.privateKey } });
    expect(authorities.map(({ pem }) => pem)).toEqual([authority.leaf.pem]);
  });

  it('may be missing, empty, or hold anything', () => {
    expect(readCertificateSecret(undefined).keyPair).toEqual({ type: 'absent' });
    expect(readCertificateSecret({}).keyPair).toMatchObject({ type: 'invalid' });
    const rubbish = Buffer.from([0, 255, 254, 10]).toString('base64');
    expect(
      readCertificateSecret({ 'tls.crt': rubbish, 'tls.key': rubbish, 'ca.crt': rubbish }),
    ).toMatchObject({ keyPair: { type: 'invalid' }, authorities: [] });
    expect(readCertificateSecret({ 'tls.crt': '%%%', 'tls.key': '%%%' }).keyPair).toMatchObject({
      type: 'invalid',
      problem: expect.any(String),
    });
  });
});
