// SPDX-License-Identifier: Apache-2.0
// The webhook configurations on a real API server: they are read back as they were written, and their
// matchConditions let it call the webhooks for pods that mention a GMSA, and for no others.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ValidatingWebhookConfiguration } from '../../src/controller/webhooks/registration-types.ts';
import {
  desiredWebhookConfigurations,
  mutatingWebhookKind,
  validatingWebhookKind,
  type WebhookConfigurationSettings,
} from '../../src/controller/webhooks/webhook-configurations.ts';
import { ApiError } from '../../src/kube/client/api-error.ts';
import { APPLY_PATCH } from '../../src/kube/client/client.ts';
import type { ManagedKind } from '../../src/kube/managed-object.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import {
  credspecPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { type CountingWebhook, startCountingWebhook } from './counting-webhook.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await startTestCluster();
  namespace = await cluster.createNamespace('webhooks');
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  });
});

afterAll(() => cluster.stop());

/** What both kinds have in common. */
type Configuration = ValidatingWebhookConfiguration;

const configurations = (settings: WebhookConfigurationSettings) =>
  desiredWebhookConfigurations(settings).map((desired, i): Registration => {
    const kind = i === 0 ? mutatingWebhookKind : validatingWebhookKind;
    return {
      desired,
      kind: kind as ManagedKind<Configuration>,
      path: resourcePath(kind.resource, desired.metadata),
    };
  });

interface Registration {
  readonly desired: Configuration;
  readonly kind: ManagedKind<Configuration>;
  readonly path: string;
}

async function register(registrations: readonly Registration[]): Promise<void> {
  for (const { path, desired } of registrations) {
    await cluster.client.request({
      method: 'PATCH',
      path,
      query: { fieldManager: 'gmsa-operator' },
      contentType: APPLY_PATCH,
      body: desired,
    });
  }
}

async function unregister(): Promise<void> {
  await cluster.kubectl(
    'delete',
    'mutatingwebhookconfiguration,validatingwebhookconfiguration',
    'gmsa-operator',
    '--ignore-not-found',
  );
}

describe('read back from the API server', () => {
  afterEach(unregister);

  const caBundle = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  it.each<readonly [string, WebhookConfigurationSettings]>([
    [
      'by Service',
      {
        target: {
          type: 'service',
          namespace: 'gmsa-operator-system',
          name: 'gmsa-operator-webhook',
        },
        caBundle,
      },
    ],
    [
      'by URL, with an owner and an annotation',
      {
        target: { type: 'url', base: 'https://127.0.0.1:9443' },
        caBundle,
        owner: { name: 'gmsa-operator', uid: '6d0e7a3c-1111-4222-8333-944445555666' },
        annotations: { 'gmsa-operator.io/previous-ca-until': '2026-01-01T00:00:00Z' },
      },
    ],
  ])('they are what was written, with nothing left to fill in: %s', async (_, settings) => {
    const registrations = configurations(settings);
    await register(registrations);
    for (const { path, desired, kind } of registrations) {
      const live = await cluster.client.request<Configuration>({ method: 'GET', path });
      expect(live.webhooks).toEqual(desired.webhooks);
      const { ownerReferences, ...metadata } = desired.metadata;
      expect(live.metadata).toMatchObject(metadata);
      expect(live.metadata.ownerReferences ?? []).toEqual(ownerReferences);
      expect(kind.fingerprint(live)).toBe(kind.fingerprint(desired));
    }
  });

  it('a repair leaves nothing of what somebody else wrote into them, and their notes beside', async () => {
    const [, registration] = configurations({
      target: { type: 'url', base: 'https://127.0.0.1:9443' },
      caBundle,
    });
    if (registration === undefined) throw new Error('there are two');
    const { path, desired, kind } = registration;
    await register([registration]);
    const [first] = desired.webhooks ?? [];
    await cluster.client.request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: {
        metadata: {
          labels: { team: 'blue', 'admissions.enforcer/disabled': null },
          annotations: { note: 'keep me', 'gmsa-operator.io/previous-ca-until': 'planted' },
        },
        webhooks: [
          { ...first, name: 'tap.example.com' },
          { ...first, failurePolicy: 'Ignore' },
        ],
      },
    });
    const edited = await cluster.client.request<Configuration>({ method: 'GET', path });
    expect(kind.fingerprint(edited)).not.toBe(kind.fingerprint(desired));
    await cluster.client.request({ method: 'PUT', path, body: kind.merge(edited, desired) });
    const mended = await cluster.client.request<Configuration>({ method: 'GET', path });
    expect(kind.fingerprint(mended)).toBe(kind.fingerprint(desired));
    expect(mended.webhooks).toEqual(desired.webhooks);
    expect(mended.metadata.labels).toEqual({ team: 'blue', ...desired.metadata.labels });
    expect(mended.metadata.annotations).toEqual({
      note: 'keep me',
      ...desired.metadata.annotations,
    });
  });
});

// The webhook is on loopback, which an existing cluster's API server does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('the API server calls', () => {
  const BOTH = ['/mutate', '/validate'];
  const NAME = { windowsOptions: { gmsaCredentialSpecName: 'webapp1' } };
  const CONTENTS = { windowsOptions: { gmsaCredentialSpec: '{}' } };
  let webhook: CountingWebhook;

  beforeAll(async () => {
    webhook = await startCountingWebhook();
    await register(
      configurations({
        target: { type: 'url', base: webhook.base },
        caBundle: webhook.caBundle,
      }),
    );
    // A configuration is in force a moment after it was written.
    await waitFor('the webhooks to be called', async () => {
      const probe = pod({ securityContext: NAME });
      await create(probe, 'dry-run');
      return webhook.calls(probe.metadata.name).length === BOTH.length;
    });
    await waitFor('the webhook for credspecs to be called', async () => {
      const name = uniqueName('probe');
      await cluster.applyCredspec(name);
      return webhook.calls(name).length === 1;
    });
  });

  afterEach(() => {
    webhook.forget();
  });

  afterAll(async () => {
    await unregister();
    await webhook.stop();
  });

  interface Pod {
    readonly metadata: { readonly name: string };
  }

  function pod(spec: object, metadata: object = {}): Pod {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: uniqueName('pod'), namespace, ...metadata },
      // No token volume: nothing runs in it.
      spec: { automountServiceAccountToken: false, containers: [container('main')], ...spec },
    } as Pod;
  }

  function container(name: string, securityContext?: object): object {
    return { name, image: 'registry.example/app:1', ...(securityContext && { securityContext }) };
  }

  function create(body: Pod, mode: 'dry-run' | 'for-real' = 'for-real'): Promise<unknown> {
    return cluster.client.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: { dryRun: mode === 'dry-run' ? 'All' : undefined },
      body,
    });
  }

  const podPath = ({ metadata }: Pod, subresource = '') =>
    `/api/v1/namespaces/${namespace}/pods/${metadata.name}${subresource}`;

  function patch(target: Pod, body: object): Promise<unknown> {
    return cluster.client.request({
      method: 'PATCH',
      path: podPath(target),
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  /** As `kubectl debug` does it. */
  function debug(target: Pod, ...ephemeralContainers: readonly object[]): Promise<unknown> {
    return cluster.client.request({
      method: 'PATCH',
      path: podPath(target, '/ephemeralcontainers'),
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { ephemeralContainers } },
    });
  }

  async function problemOf(request: Promise<unknown>): Promise<string> {
    try {
      await request;
    } catch (error) {
      if (error instanceof ApiError) return error.status.message ?? '';
      throw error;
    }
    return 'none';
  }

  it.each<readonly [string, object]>([
    ['a Linux pod', {}],
    ['a pod with empty security contexts', empty({})],
    ['a pod with empty Windows options', empty({ windowsOptions: {} })],
    [
      'a Windows pod without a GMSA',
      {
        os: { name: 'windows' },
        securityContext: { windowsOptions: { runAsUserName: 'ContainerUser' } },
      },
    ],
    [
      'a pod with 200 containers',
      { containers: Array.from({ length: 200 }, (_, i) => container(`c${String(i)}`, {})) },
    ],
  ])('no webhook for %s', async (_, spec) => {
    const created = pod(spec);
    await create(created, 'dry-run');
    expect(webhook.calls(created.metadata.name)).toEqual([]);
  });

  function empty(securityContext: object): object {
    return {
      securityContext,
      containers: [container('main', securityContext)],
      initContainers: [container('init', securityContext)],
    };
  }

  it('no webhook for a pod without containers, which is refused for that and nothing else', async () => {
    const created = pod({ containers: null });
    expect(await problemOf(create(created, 'dry-run'))).toMatch(/spec\.containers: Required value/);
    expect(webhook.calls(created.metadata.name)).toEqual([]);
  });

  const mentions = [
    ['a name', NAME],
    ['contents', CONTENTS],
  ] as const;
  const places: readonly (readonly [string, (mention: object) => object])[] = [
    ['the pod', (securityContext) => ({ securityContext })],
    ['its last container', (it) => ({ containers: [container('a'), container('b', it)] })],
    ['an init container', (it) => ({ initContainers: [container('init', it)] })],
    [
      'one of 200 containers',
      (it) => ({
        containers: Array.from({ length: 200 }, (_, i) =>
          container(`c${String(i)}`, i === 199 ? it : {}),
        ),
      }),
    ],
  ];
  it.each(
    places.flatMap(([place, specOf]) =>
      mentions.map(([what, mention]) => [what, place, specOf(mention)] as const),
    ),
  )('both webhooks for a pod with %s on %s', async (_what, _place, spec) => {
    const created = pod(spec);
    await create(created, 'dry-run');
    expect(webhook.calls(created.metadata.name)).toEqual(BOTH);
  });

  it.each(mentions)(
    'the first webhook for a new pod with %s on an ephemeral container, which the API server then refuses',
    async (_, mention) => {
      const created = pod({ ephemeralContainers: [container('debug', mention)] });
      expect(await problemOf(create(created, 'dry-run'))).toMatch(/ephemeralContainers/);
      expect(webhook.calls(created.metadata.name)).toEqual(['/mutate']);
    },
  );

  it('no webhook when a pod with a GMSA is updated or deleted', async () => {
    const created = pod({ securityContext: NAME });
    await create(created);
    webhook.forget();
    await patch(created, { metadata: { labels: { team: 'blue' } } });
    await cluster.client.request({ method: 'DELETE', path: podPath(created) });
    expect(webhook.calls(created.metadata.name)).toEqual([]);
  });

  it.each(mentions)(
    'both webhooks for an ephemeral container with %s when it is added, and not again for the next one',
    async (_, mention) => {
      // The pod's own mention is an old one.
      const created = pod({ securityContext: NAME, containers: [container('main', mention)] });
      await create(created);
      const callsOf = async (request: Promise<unknown>) => {
        webhook.forget();
        await request;
        return webhook.calls(created.metadata.name);
      };
      expect(await callsOf(debug(created, container('plain')))).toEqual([]);
      expect(await callsOf(debug(created, container('with-gmsa', mention)))).toEqual(BOTH);
      expect(await callsOf(debug(created, container('plain-again', {})))).toEqual([]);
      expect(await callsOf(debug(created, container('another', mention)))).toEqual(BOTH);
      expect(
        await cluster.get<{ spec: { ephemeralContainers: readonly unknown[] } }>(podPath(created)),
      ).toMatchObject({ spec: { ephemeralContainers: { length: 4 } } });
    },
  );

  it('the webhook for credspecs when one is made or changed, in either version, and not for its status', async () => {
    const name = uniqueName('webapp');
    await cluster.applyCredspec(name);
    expect(webhook.calls(name)).toEqual(['/validate-credentialspec']);
    await cluster.allow(name, 'prod/web');
    expect(webhook.calls(name)).toHaveLength(2);
    const old = uniqueName('webapp');
    await cluster.client.request({
      method: 'POST',
      path: '/apis/windows.k8s.io/v1alpha1/gmsacredentialspecs',
      body: {
        apiVersion: 'windows.k8s.io/v1alpha1',
        kind: 'GMSACredentialSpec',
        metadata: { name: old },
        credspec: WEBAPP1_CONTENTS,
      },
    });
    expect(webhook.calls(old)).toEqual(['/validate-credentialspec']);
    await cluster.client.request({
      method: 'PATCH',
      path: `${credspecPath(name)}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { clusterRole: 'x' } },
    });
    expect(webhook.calls(name)).toHaveLength(2);
  });

  describe('and while nobody answers', () => {
    let existing: Pod;

    beforeAll(async () => {
      existing = pod({ securityContext: NAME }, { finalizers: ['example.com/tracking'] });
      await create(existing);
      await webhook.stop();
    });

    it.each<readonly [string, object]>([
      ['a Linux pod', {}],
      ['a Windows pod without a GMSA', { os: { name: 'windows' } }],
    ])('%s is created', async (_, spec) => {
      const created = pod(spec);
      await create(created);
      expect(await cluster.get(podPath(created))).toBeDefined();
    });

    it.each(mentions)('a pod with %s is refused', async (_, mention) => {
      const created = pod({ containers: [container('main', mention)] });
      expect(await problemOf(create(created))).toContain(
        'failed calling webhook "mutate-pods.gmsa-operator.io"',
      );
      expect(await cluster.get(podPath(created))).toBeUndefined();
    });

    it('a pod with a GMSA gets an ephemeral container without one, and none with one', async () => {
      expect(await problemOf(debug(existing, container('plain')))).toBe('none');
      expect(await problemOf(debug(existing, container('with-gmsa', CONTENTS)))).toContain(
        'failed calling webhook',
      );
    });

    it('a credspec is written', async () => {
      const name = uniqueName('webapp');
      await cluster.applyCredspec(name);
      expect((await cluster.credspec(name)).metadata.name).toBe(name);
    });

    it('a pod with a GMSA is changed, loses its finalizer and goes', async () => {
      await patch(existing, { metadata: { labels: { team: 'blue' } } });
      await cluster.client.request({ method: 'DELETE', path: podPath(existing) });
      expect(await cluster.get(podPath(existing))).toBeDefined();
      await patch(existing, { metadata: { finalizers: null } });
      expect(await cluster.get(podPath(existing))).toBeUndefined();
    });
  });
});
