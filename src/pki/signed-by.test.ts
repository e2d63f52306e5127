// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Certificate } from './certificate.ts';
import { isSelfSigned, leadsTo, signedBy } from './signed-by.ts';
import {
  at,
  certificateOf,
  DAY,
  foreignPair,
  newAuthority,
  newServing,
  START,
} from './testing/certificates.ts';

const root = await foreignPair({ commonName: 'root', isAuthority: true });
const namesake = await foreignPair({ commonName: 'root', isAuthority: true });
const middle = await foreignPair({ commonName: 'middle', issuer: root, isAuthority: true });
const shortLived = await foreignPair({
  commonName: 'short-lived',
  issuer: root,
  isAuthority: true,
  notAfter: at(DAY),
});
const server = await foreignPair({ commonName: 'server', issuer: middle });
const other = await foreignPair({ commonName: 'other', issuer: shortLived });
const below = await foreignPair({ commonName: 'below', issuer: server });
const alone = await foreignPair({ commonName: 'alone' });
const rsa = await foreignPair({
  commonName: 'rsa',
  isAuthority: true,
  algorithm: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
});

describe('a signature', () => {
  it.each([
    ['its issuer', server, middle, true],
    ['the issuer of its issuer', server, root, false],
    ['itself, as a CA', root, root, true],
    ['itself, and it is no CA', alone, alone, false],
    ['one that is no CA', below, server, false],
    ['a CA of the same name with another key', middle, namesake, false],
    ['a CA with a key of another kind', middle, rsa, false],
  ])('is checked against %s', (_, certificate, authority, expected) => {
    expect(signedBy(certificateOf(certificate), certificateOf(authority))).toBe(expected);
  });

  it('is its own on a root, and on a certificate that a server made for itself', () => {
    expect([root, alone, rsa].map(certificateOf).map(isSelfSigned)).toEqual([true, true, true]);
    expect([middle, server].map(certificateOf).map(isSelfSigned)).toEqual([false, false]);
  });

  it('tells two of our own CAs apart', async () => {
    const [one, two] = [await newAuthority(), await newAuthority()];
    const { leaf } = await newServing(one);
    expect(signedBy(leaf, one.leaf)).toBe(true);
    expect(signedBy(leaf, two.leaf)).toBe(false);
  });
});

describe('a client', () => {
  it.each<[string, Parameters<typeof chain>, Certificate, Date, boolean]>([
    ['takes a chain to its root', [server, middle], certificateOf(root), START, true],
    ['takes one in any order', [other, root, middle, shortLived], certificateOf(root), START, true],
    ['needs the CA between', [server], certificateOf(root), START, false],
    ['may trust the CA between', [server], certificateOf(middle), START, true],
    ['may trust the server itself', [alone], certificateOf(alone), START, true],
    [
      'does not trust what only comes along',
      [server, middle, root],
      certificateOf(namesake),
      START,
      false,
    ],
    [
      'takes no certificate that has expired',
      [server, middle],
      certificateOf(root),
      at(400 * DAY),
      false,
    ],
    [
      'takes no certificate before its time',
      [server, middle],
      certificateOf(root),
      at(-DAY),
      false,
    ],
    [
      'takes none over a CA that has expired',
      [other, shortLived],
      certificateOf(root),
      at(DAY),
      false,
    ],
    ['takes none signed by a server', [below, server, middle], certificateOf(root), START, false],
  ])('%s', (_, certificates, anchor, now, expected) => {
    expect(leadsTo(chain(...certificates), anchor, now)).toBe(expected);
  });

  function chain(leaf: typeof root, ...intermediates: readonly (typeof root)[]) {
    return { leaf: certificateOf(leaf), intermediates: intermediates.map(certificateOf) };
  }
});
