// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { ValidatingWebhookConfiguration } from './registration-types.ts';
import {
  desiredWebhookConfigurations,
  mutatingWebhookKind,
  validatingWebhookKind,
  type WebhookTarget,
} from './webhook-configurations.ts';

const SERVICE: WebhookTarget = { type: 'service', namespace: 'ns', name: 'svc' };
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const OWNER = { name: 'gmsa-operator', uid: 'uid-1' };
const [mutating, validating] = desiredWebhookConfigurations({ target: SERVICE, caBundle: PEM });
const webhooks = [...(mutating.webhooks ?? []), ...(validating.webhooks ?? [])];

/** As the API server gives it back: with what it adds. */
function live(changes: object = {}, metadata: object = {}): ValidatingWebhookConfiguration {
  return {
    ...validating,
    ...changes,
    metadata: {
      ...validating.metadata,
      uid: 'u',
      resourceVersion: '7',
      ownerReferences: undefined,
      managedFields: [],
      ...metadata,
    },
  } as unknown as ValidatingWebhookConfiguration;
}

describe('the desired configurations', () => {
  it('call the Service on port 443, each webhook by its path', () => {
    expect(webhooks.map(({ name, clientConfig }) => [name, clientConfig.service])).toEqual(
      [
        ['mutate-pods.gmsa-operator.io', '/mutate'],
        ['validate-pods.gmsa-operator.io', '/validate'],
        ['validate-credentialspecs.gmsa-operator.io', '/validate-credentialspec'],
      ].map(([name, path]) => [name, { namespace: 'ns', name: 'svc', path, port: 443 }]),
    );
  });

  it.each(['https://127.0.0.1:9443', 'https://127.0.0.1:9443/', 'https://127.0.0.1:9443//'])(
    'call the URL, in place of a Service: %s',
    (base) => {
      const [{ webhooks: [webhook] = [] }] = desiredWebhookConfigurations({
        target: { type: 'url', base },
        caBundle: PEM,
      });
      expect(webhook?.clientConfig).toEqual({
        caBundle: Buffer.from(PEM).toString('base64'),
        url: 'https://127.0.0.1:9443/mutate',
      });
    },
  );

  it('trust the CA bundle as the API server writes it, in Base64', () => {
    for (const { clientConfig } of webhooks) {
      expect(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()).toBe(PEM);
    }
  });

  it('stand in the way of new pods and ephemeral containers with a GMSA, and of nothing else', () => {
    const failing = webhooks.filter(({ failurePolicy }) => failurePolicy === 'Fail');
    expect(failing.map(({ name }) => name)).toEqual([
      'mutate-pods.gmsa-operator.io',
      'validate-pods.gmsa-operator.io',
    ]);
    for (const { rules, matchConditions } of failing) {
      expect(rules.map(({ operations, resources }) => [operations, resources])).toEqual([
        [['CREATE'], ['pods']],
        [['UPDATE'], ['pods/ephemeralcontainers']],
      ]);
      expect(matchConditions).toHaveLength(1);
    }
  });

  it('exempt no namespace and no object', () => {
    for (const { namespaceSelector, objectSelector } of webhooks) {
      expect([namespaceSelector, objectSelector]).toEqual([{}, {}]);
    }
  });

  it('keep the enforcer of AKS away, by label and annotation', () => {
    for (const { metadata } of [mutating, validating]) {
      expect(metadata.labels).toEqual({
        'app.kubernetes.io/managed-by': 'gmsa-operator',
        'admissions.enforcer/disabled': 'true',
      });
      expect(metadata.annotations).toEqual({ 'admissions.enforcer/disabled': 'true' });
    }
  });

  it('go with their ClusterRole where there is one', () => {
    const [{ metadata }] = desiredWebhookConfigurations({
      target: SERVICE,
      caBundle: PEM,
      owner: { ...OWNER, resourceVersion: '1' } as typeof OWNER,
    });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', ...OWNER },
    ]);
    expect(mutating.metadata.ownerReferences).toEqual([]);
  });
});

describe('the fingerprint', () => {
  const wanted = validatingWebhookKind.fingerprint(validating);
  const [first, second] = validating.webhooks ?? [];

  it('is the same for what the API server gives back, in whatever order it writes the fields', () => {
    const reversed = validating.webhooks?.map((webhook) =>
      Object.fromEntries(Object.entries(webhook).toReversed()),
    );
    expect(validatingWebhookKind.fingerprint(live({ webhooks: reversed }))).toBe(wanted);
    expect(mutatingWebhookKind.fingerprint(structuredClone(mutating))).toBe(
      mutatingWebhookKind.fingerprint(mutating),
    );
  });

  it('does not see labels and annotations of others', () => {
    const { labels, annotations } = validating.metadata;
    const metadata = {
      labels: { ...labels, team: 'blue' },
      // A name that every JavaScript object has.
      annotations: { ...annotations, note: 'x', constructor: 'y' },
    };
    expect(validatingWebhookKind.fingerprint(live({}, metadata))).toBe(wanted);
  });

  it.each<readonly [string, ValidatingWebhookConfiguration]>([
    ['no webhooks', live({ webhooks: undefined })],
    ['one more webhook', live({ webhooks: [first, second, { ...first, name: 'a.b.c' }] })],
    ['another order', live({ webhooks: [second, first] })],
    ['a field that is not ours', live({ webhooks: [first, { ...second, matchConditions: [] }] })],
    ['a selector', live({ webhooks: [{ ...first, objectSelector: { matchLabels: {} } }, second] })],
    ['an owner', live({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'A', ...OWNER }] })],
    ['no label of ours', live({}, { labels: { 'admissions.enforcer/disabled': 'true' } })],
    [
      'AKS let in by the label',
      live({}, { labels: { ...validating.metadata.labels, 'admissions.enforcer/disabled': '' } }),
    ],
    ['AKS let in by the annotation', live({}, { annotations: {} })],
    [
      'an annotation of ours that is not wanted',
      live({}, { annotations: { ...validating.metadata.annotations, 'gmsa-operator.io/a': 'b' } }),
    ],
  ])('sees %s', (_, changed) => {
    expect(validatingWebhookKind.fingerprint(changed)).not.toBe(wanted);
  });
});

describe('mending', () => {
  it('keeps what others may decide, and leaves no webhook, owner or annotation of ours that is not wanted', () => {
    const [first] = validating.webhooks ?? [];
    const found = live(
      { webhooks: [{ ...first, name: 'tap.example.com' }] },
      {
        labels: { team: 'blue', 'admissions.enforcer/disabled': 'false' },
        annotations: { note: 'keep me', 'gmsa-operator.io/previous-ca-until': '2020' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'b' }],
        finalizers: ['example.com/keep'],
      },
    );
    const [, desired] = desiredWebhookConfigurations({
      target: SERVICE,
      caBundle: PEM,
      owner: OWNER,
      annotations: { 'gmsa-operator.io/another': 'x' },
    });
    const mended = validatingWebhookKind.merge(found, desired);
    expect(mended).toEqual({
      ...desired,
      metadata: {
        ...desired.metadata,
        uid: 'u',
        resourceVersion: '7',
        managedFields: [],
        labels: { team: 'blue', ...desired.metadata.labels },
        annotations: { note: 'keep me', ...desired.metadata.annotations },
        finalizers: ['example.com/keep'],
      },
    });
    expect(validatingWebhookKind.fingerprint(mended)).toBe(
      validatingWebhookKind.fingerprint(desired),
    );
  });

  it('never makes one anew: everything can be changed in place', () => {
    expect(validatingWebhookKind.mustReplace(live({ webhooks: [] }), validating)).toBe(false);
  });
});
