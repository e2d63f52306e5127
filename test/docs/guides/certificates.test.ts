// SPDX-License-Identifier: Apache-2.0
// docs/certificates.md, done as it says: looked at, renewed, replaced, and made by others. cert-manager and the
// Prometheus Operator are their kinds alone.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { foreignKind } from '../../chart/foreign-kind.ts';
import { established } from '../../support/established.ts';
import { createTestCa } from '../../support/test-certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { applySample, type FollowedGuide, installOperator, startGuide } from './followed-guide.ts';

jest.setTimeout(180_000);

let guide: FollowedGuide;

beforeAll(async () => {
  guide = await startGuide('docs/certificates.md');
  await installOperator(guide);
  await applySample(guide);
});

afterAll(() => guide.close());

const SECRETS = '/api/v1/namespaces/gmsa-operator-system/secrets';

async function uidOf(secret: string): Promise<string | undefined> {
  const found = await guide.installation.cluster.get<{
    readonly metadata: { readonly uid: string };
  }>(`${SECRETS}/${secret}`);
  return found?.metadata.uid;
}

const secrets = (): Promise<readonly (string | undefined)[]> =>
  Promise.all(['gmsa-operator-webhook-ca', 'gmsa-operator-webhook-cert'].map(uidOf));

async function replaced(before: readonly (string | undefined)[]): Promise<void> {
  await waitFor('new Secrets', async () =>
    (await secrets()).every((uid) => uid !== undefined && !before.includes(uid)),
  );
}

/** As the Deployment's controller sees it: all pods are those of the newest template. */
async function rolledOut(): Promise<void> {
  await guide.installation.cluster.kubectl(
    ...['rollout', 'status', 'deployment/gmsa-operator', '--timeout=60s'],
    ...['--namespace', 'gmsa-operator-system'],
  );
}

async function installKinds(...kinds: readonly object[]): Promise<void> {
  const { cluster } = guide.installation;
  await cluster.apply(...kinds);
  await established(cluster.kubectl);
}

describe('docs/certificates.md', () => {
  it('shows the certificate, and what is trusted', async () => {
    const output = await guide.run('Look');
    expect(output).toContain('"type":"AdmissionReady"');
    expect(output).toContain('DNS:gmsa-operator-webhook.gmsa-operator-system.svc');
    expect(output).toMatch(/^subject=.*gmsa-operator/m);
  });

  it('has Prometheus tell of certificates that expire', async () => {
    await installKinds(
      foreignKind('monitoring.coreos.com', 'v1', 'ServiceMonitor'),
      foreignKind('monitoring.coreos.com', 'v1', 'PrometheusRule'),
    );
    await guide.run('Be told');
  });

  it('gives certificates another validity', async () => {
    await guide.run('Self-managed');
    await rolledOut();
  });

  it('renews them now', async () => {
    const before = await secrets();
    await guide.run('Renew now');
    await replaced(before);
  });

  it('begins anew when a key got into wrong hands', async () => {
    const before = await secrets();
    await guide.run('A key got into wrong hands');
    await rolledOut();
    await replaced(before);
    await guide.installation.cluster.condition('gmsa-webapp1', 'AdmissionReady', {
      status: 'True',
    });
  });

  it('has cert-manager make them', async () => {
    await installKinds(
      foreignKind('cert-manager.io', 'v1', 'Certificate'),
      foreignKind('cert-manager.io', 'v1', 'Issuer'),
    );
    const output = await guide.run('cert-manager');
    expect(output).toMatch(/Name: +company/);
  });

  it('takes one that somebody else has made', async () => {
    const ca = await createTestCa();
    const { certificate, key } = await ca.issue('gmsa-operator-webhook.gmsa-operator-system.svc');
    await guide.write('tls.crt', certificate);
    await guide.write('tls.key', key);
    await guide.write('ca.crt', ca.certificate);
    await guide.run('Your own');
    await rolledOut();
    await guide.installation.cluster.condition('gmsa-webapp1', 'AdmissionReady', {
      status: 'True',
    });
  });

  it('has no other commands, and every pod of the operator has run', () => {
    expect(guide.left()).toEqual([]);
    expect(guide.pods.problems()).toEqual([]);
  });
});
