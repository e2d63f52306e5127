// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { issueServingCertificate } from './issue.ts';
import { signedBy } from './signed-by.ts';
import {
  at,
  certificateOf,
  DAY,
  foreignPair,
  HOUR,
  newAuthority,
  newServing,
  SECOND,
  START,
} from './testing/certificates.ts';

/** The DER contents of an extension of this OID (DER too), with what says whether it is critical. */
function hasExtension(certificate: string, hex: string): boolean {
  return new X509Certificate(certificate).raw.toString('hex').includes(hex);
}

describe('a CA', () => {
  it('signs certificates of servers only, and is valid from an hour before it is issued', async () => {
    const { leaf, certificate } = await newAuthority({ now: at(999), validityMs: 30 * SECOND });
    expect(leaf.isCertificateAuthority).toBe(true);
    expect(leaf.notBefore).toEqual(at(-HOUR));
    expect(leaf.notAfter).toEqual(at(30 * SECOND));
    // basicConstraints, critical: CA, path length 0.
    expect(hasExtension(certificate, '0603551d130101ff040830060101ff020100')).toBe(true);
    // keyUsage, critical: keyCertSign, cRLSign.
    expect(hasExtension(certificate, '0603551d0f0101ff040403020106')).toBe(true);
  });

  it('has a name and a serial number that no other one has', async () => {
    const [one, other] = [await newAuthority(), await newAuthority()];
    expect(one.leaf.x509.subject).toMatch(/^CN=gmsa-operator webhook CA-[0-9a-f]{16}$/);
    expect(one.leaf.x509.subject).not.toBe(other.leaf.x509.subject);
    expect(one.leaf.x509.serialNumber).not.toBe(other.leaf.x509.serialNumber);
    expect(one.leaf.x509.serialNumber.length).toBeGreaterThan(24);
  });

  it('has a P-256 key in PKCS#8', async () => {
    const { privateKey } = await newAuthority();
    expect(privateKey).toMatch(
      /^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/,
    );
    expect(createPrivateKey(privateKey).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('may be valid beyond 2049, when X.509 begins to write years in four digits', async () => {
    const { leaf } = await newAuthority({ validityMs: 40 * 365 * DAY });
    expect(leaf.notAfter).toEqual(at(40 * 365 * DAY));
  });
});

describe('a serving certificate', () => {
  it('names the server, is for servers only, and is signed by the CA', async () => {
    const authority = await newAuthority();
    const { leaf, certificate } = await newServing(authority, {
      dnsNames: ['webhook.ns.svc', 'webhook.ns.svc.cluster.local'],
      ipAddresses: ['127.0.0.1', '::1'],
    });
    expect(leaf.dnsNames).toEqual(['webhook.ns.svc', 'webhook.ns.svc.cluster.local']);
    expect(leaf.ipAddresses).toEqual(['127.0.0.1', '0:0:0:0:0:0:0:1']);
    expect(leaf.isCertificateAuthority).toBe(false);
    expect(leaf.x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(signedBy(leaf, authority.leaf)).toBe(true);
    // keyUsage, critical: digitalSignature.
    expect(hasExtension(certificate, '0603551d0f0101ff040403020780')).toBe(true);
  });

  it('points to its CA by the identifier of its key', async () => {
    const authority = await newAuthority();
    const { certificate } = await newServing(authority);
    // subjectKeyIdentifier: 20 octets.
    const [, keyId] =
      /0603551d0e04160414([0-9a-f]{40})/.exec(authority.leaf.x509.raw.toString('hex')) ?? [];
    expect(keyId).toBeDefined();
    expect(hasExtension(certificate, `0603551d23041830168014${String(keyId)}`)).toBe(true);
    expect(authority.leaf.x509.subject.endsWith(String(keyId).slice(0, 16))).toBe(true);
  });

  it('ends with its CA at the latest', async () => {
    const authority = await newAuthority({ validityMs: 30 * SECOND });
    const { leaf } = await newServing(authority, { now: at(20 * SECOND), validityMs: 20 * SECOND });
    expect(leaf.notBefore).toEqual(at(20 * SECOND - HOUR));
    expect(leaf.notAfter).toEqual(at(30 * SECOND));
  });

  it('can be signed by a CA that was made elsewhere', async () => {
    const authority = await foreignPair({ commonName: 'foreign', isAuthority: true });
    const { leaf } = await newServing(authority);
    expect(signedBy(leaf, certificateOf(authority))).toBe(true);
  });

  it.each([
    {
      title: 'no name',
      names: { dnsNames: [], ipAddresses: [] },
      message: 'no DNS name and no IP',
    },
    { title: 'an IP address that is none', names: { dnsNames: [], ipAddresses: ['localhost'] } },
  ])('is refused for $title', async ({ names, message = '' }) => {
    const authority = await newAuthority();
    const request = { authority, ...names, validityMs: DAY, now: START };
    await expect(issueServingCertificate(request)).rejects.toThrow(message);
  });

  it('is refused where there is no CA to sign it', async () => {
    const authority = await newAuthority();
    const request = { dnsNames: ['a'], ipAddresses: [], validityMs: DAY, now: START };
    await expect(
      issueServingCertificate({ ...request, authority: { ...authority, certificate: 'rubbish' } }),
    ).rejects.toThrow('certificate of the CA: it is not PEM');
    await expect(
      issueServingCertificate({ ...request, authority: { ...authority, privateKey: 'rubbish' } }),
    ).rejects.toThrow();
  });
});
