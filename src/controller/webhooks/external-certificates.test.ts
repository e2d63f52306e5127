// SPDX-License-Identifier: Apache-2.0
// What is trusted, and for how long, is tested with the plan (pki/external-plan.test.ts).
import { describe, expect, it } from '@jest/globals';
import { certificateSecretData, type SecretData } from '../../pki/certificate-secret.ts';
import { newAuthority, newServing } from '../../pki/testing/certificates.ts';
import { createExternalCertificates } from './external-certificates.ts';
import type { WebhookInformers } from './webhook-informers.ts';

function setUp() {
  const world = { data: undefined as SecretData | undefined };
  const none = { values: () => [].values() };
  const certificates = createExternalCertificates({
    informers: {
      servingSecret: {
        get: (key: string) =>
          key === 'gmsa/cert' && world.data !== undefined ? { data: world.data } : undefined,
      },
      mutating: none,
      validating: none,
    } as unknown as WebhookInformers,
    secret: { namespace: 'gmsa', name: 'cert' },
    names: { dnsNames: ['webhook.ns.svc'], ipAddresses: [] },
  });
  return { world, certificates };
}

async function secretData(): Promise<SecretData> {
  const now = new Date();
  const authority = await newAuthority({ now });
  return certificateSecretData(await newServing(authority, { now }), [authority.leaf]);
}

describe('certificates of somebody else', () => {
  it('are waited for, with a problem that names the Secret', async () => {
    const { certificates } = setUp();
    const state = await certificates.prepare();
    expect(state.caBundle).toBeUndefined();
    expect(state.problem?.message).toContain('The Secret gmsa/cert');
  });

  it('are trusted by the configurations as the Secret says', async () => {
    const { world, certificates } = setUp();
    world.data = await secretData();
    const state = await certificates.prepare();
    expect(state.problem).toBeUndefined();
    expect(state.caBundle).toBe(Buffer.from(world.data['ca.crt'] ?? '', 'base64').toString());
    expect(await certificates.complete()).toBe('nothing');
  });

  it('stay trusted when the Secret becomes rubbish', async () => {
    const { world, certificates } = setUp();
    world.data = await secretData();
    const { caBundle } = await certificates.prepare();
    world.data = { 'tls.crt': 'cnViYmlzaA==' };
    const state = await certificates.prepare();
    expect(state.caBundle).toBe(caBundle);
    expect(state.problem?.reason).toBe('CertificateInvalid');
  });
});
