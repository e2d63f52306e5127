// SPDX-License-Identifier: Apache-2.0
// The operator's token in an attacker's hands, where admission is concerned: its two Secrets, its two
// webhook configurations, every field of them, and what else it may read.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  ValidatingWebhookConfiguration,
  Webhook,
} from '../../src/controller/webhooks/registration-types.ts';
import {
  desiredWebhookConfigurations,
  type WebhookTarget,
} from '../../src/controller/webhooks/webhook-configurations.ts';
import { type ApiRequest, APPLY_PATCH } from '../../src/kube/client/client.ts';
import {
  RBAC_DIRECTORY,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { everyChange } from './every-change.ts';
import { ALLOWED, type Attempt, type StolenToken, stealToken } from './stolen-token.ts';

jest.setTimeout(60_000);

const OWN = 'gmsa-operator-system';
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const RESOURCES = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;
const OWN_SECRETS = ['gmsa-operator-webhook-cert', 'gmsa-operator-webhook-ca'];
/** What a policy and RBAC say. */
const POLICY = "ValidatingAdmissionPolicy 'gmsa-operator-admission-confinement'";
const FORBIDDEN = 'is forbidden: User "system:serviceaccount:gmsa-operator-system:gmsa-operator"';

const SERVICE: WebhookTarget = { type: 'service', namespace: OWN, name: 'gmsa-operator-webhook' };
const CA_BUNDLE = 'one CA';

let cluster: TestCluster;
let attacker: StolenToken;
const attempt = (request: ApiRequest): Promise<Attempt> => attacker.attempt(request);

beforeAll(async () => {
  cluster = await startTestCluster({ crd: 'leave-out' });
  attacker = await stealToken(cluster);
  // The policy takes effect a moment after it was created.
  await waitFor('the policy', async () => {
    const { message } = await attempt(dryRun(apply(secretPath(), { type: 'Opaque' })));
    return message.includes(POLICY);
  });
});

afterAll(async () => {
  attacker.client.close();
  await cluster.stop();
});

/** Server-side apply, as the operator creates what it is granted by name. */
function apply(path: string, body: object): ApiRequest {
  const name = path.split('/').at(-1);
  const [apiVersion, kind] = path.startsWith(REGISTRATION)
    ? ['admissionregistration.k8s.io/v1', kindOf(path)]
    : ['v1', 'Secret'];
  return {
    method: 'PATCH',
    path,
    query: { fieldManager: 'gmsa-operator' },
    contentType: APPLY_PATCH,
    body: { apiVersion, kind, metadata: { name }, ...body },
  };
}

const dryRun = (request: ApiRequest): ApiRequest => ({
  ...request,
  query: { ...request.query, dryRun: 'All' },
});

function kindOf(path: string): string {
  return path.includes('/mutating')
    ? 'MutatingWebhookConfiguration'
    : 'ValidatingWebhookConfiguration';
}

function secretPath(name = 'gmsa-operator-webhook-cert', namespace = OWN): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}

async function firstChunk(path: string, name: string): Promise<string> {
  const stop = new AbortController();
  const query = { watch: 'true', fieldSelector: `metadata.name=${name}` };
  const chunks = attacker.client.watch({ path, query, signal: stop.signal, idleTimeoutMs: 10_000 });
  try {
    for await (const chunk of chunks) return Buffer.from(chunk).toString();
    return '';
  } finally {
    stop.abort();
  }
}

describe('the Secrets', () => {
  const DATA = { 'tls.crt': 'eA==', 'tls.key': 'eA==', 'ca.crt': 'eA==' };
  const SECRET = { type: 'kubernetes.io/tls', data: DATA };
  const other = uniqueName('other');
  let elsewhere: string;

  beforeAll(async () => {
    elsewhere = await cluster.createNamespace();
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: other, namespace: OWN } },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: OWN_SECRETS[0], namespace: elsewhere },
      },
    );
  });

  it.each(OWN_SECRETS)('%s: what the operator needs is allowed', async (name) => {
    const path = secretPath(name);
    const list = secretPath('').slice(0, -1);
    expect(await attempt(apply(path, SECRET))).toEqual(ALLOWED);
    const fieldSelector = `metadata.name=${name}`;
    expect(await attempt({ method: 'GET', path: list, query: { fieldSelector } })).toEqual(ALLOWED);
    expect(await firstChunk(list, name)).toContain(`"name":"${name}"`);
    const live = await cluster.get<object>(path);
    expect(
      await attempt({
        method: 'PUT',
        path,
        body: { ...live, data: { ...DATA, 'ca.crt': 'eHg=' } },
      }),
    ).toEqual(ALLOWED);
    expect(await attempt({ method: 'DELETE', path })).toEqual(ALLOWED);
  });

  it.each<readonly [string, () => ApiRequest]>([
    ['read another one', () => ({ method: 'GET', path: secretPath(other) })],
    ['read one of the same name elsewhere', () => read(secretPath(OWN_SECRETS[0], elsewhere))],
    ['list all of its namespace', () => read(secretPath('').slice(0, -1))],
    ['list all of the cluster', () => read('/api/v1/secrets')],
    [
      'list another one',
      () => read(secretPath('').slice(0, -1), { fieldSelector: `metadata.name=${other}` }),
    ],
    [
      'list one of the same name in all namespaces',
      () => read('/api/v1/secrets', { fieldSelector: `metadata.name=${String(OWN_SECRETS[0])}` }),
    ],
    ['watch all of its namespace', () => read(secretPath('').slice(0, -1), { watch: 'true' })],
    ['make another one', () => apply(secretPath('another'), SECRET)],
    [
      'make one of the same name elsewhere',
      () => apply(secretPath(OWN_SECRETS[1], elsewhere), SECRET),
    ],
    [
      'make one by POST, which hides its name from RBAC',
      () => ({
        method: 'POST',
        path: secretPath('').slice(0, -1),
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: OWN_SECRETS[0] }, ...SECRET },
      }),
    ],
    ['change another one', () => apply(secretPath(other), { data: DATA })],
    ['delete another one', () => ({ method: 'DELETE', path: secretPath(other) })],
    [
      'delete all of its namespace',
      () => ({ method: 'DELETE', path: secretPath('').slice(0, -1) }),
    ],
  ])('it cannot %s', async (_, request) => {
    const { code, message } = await attempt(request());
    expect(code).toBe(403);
    expect(message).toContain(FORBIDDEN);
  });

  it.each<readonly [string, object]>([
    [
      'of the type that Kubernetes fills with a token, which would never expire',
      {
        type: 'kubernetes.io/service-account-token',
        metadata: {
          name: OWN_SECRETS[0],
          annotations: { 'kubernetes.io/service-account.name': 'gmsa-operator' },
        },
      },
    ],
    ['of no type', { data: DATA }],
    [
      'that cannot be deleted',
      { ...SECRET, metadata: { name: OWN_SECRETS[0], finalizers: ['example.com/stay'] } },
    ],
  ])('it cannot make one %s', async (_, body) => {
    const { code, message } = await attempt(apply(secretPath(), body));
    expect(code).toBe(422);
    expect(message).toContain(POLICY);
  });

  it('it cannot change one of another type that is there, but may delete it', async () => {
    const metadata = { name: OWN_SECRETS[0], namespace: OWN };
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' });
    const live = await cluster.get<object>(secretPath());
    const { message } = await attempt({
      method: 'PUT',
      path: secretPath(),
      body: { ...live, data: DATA },
    });
    expect(message).toContain(POLICY);
    expect(await attempt({ method: 'DELETE', path: secretPath() })).toEqual(ALLOWED);
  });
});

const read = (path: string, query: ApiRequest['query'] = {}): ApiRequest => ({
  method: 'GET',
  path,
  query,
});

describe('what else admission needs', () => {
  const SLICES = '/apis/discovery.k8s.io/v1';
  const review = (namespace: string) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:web`,
      resourceAttributes: { group: 'windows.k8s.io', resource: 'gmsacredentialspecs', verb: 'use' },
    },
  });

  it('reviews of access and its own endpoints, is allowed', async () => {
    expect(
      await attempt({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: review('prod'),
      }),
    ).toEqual(ALLOWED);
    expect(await attempt(read(`${SLICES}/namespaces/${OWN}/endpointslices`))).toEqual(ALLOWED);
  });

  it.each<readonly [string, ApiRequest]>([
    ['endpoints of other namespaces', read(`${SLICES}/namespaces/default/endpointslices`)],
    ['all endpoints', read(`${SLICES}/endpointslices`)],
    [
      'endpoints of its own making',
      {
        method: 'POST',
        path: `${SLICES}/namespaces/${OWN}/endpointslices`,
        body: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'x' } },
      },
    ],
    [
      'a Service turned elsewhere',
      { ...apply(`/api/v1/namespaces/${OWN}/services/gmsa-operator-webhook`, {}), body: {} },
    ],
    ['its own Deployment', read(`/apis/apps/v1/namespaces/${OWN}/deployments`)],
    [
      'reviews of tokens',
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'x' } },
      },
    ],
  ])('but not %s', async (_, request) => {
    expect((await attempt(request)).message).toContain(FORBIDDEN);
  });
});

/** Both configurations with the path and the kind that they have. */
function desired(target = SERVICE, caBundle = CA_BUNDLE, more: object = {}) {
  return desiredWebhookConfigurations({ target, caBundle, ...more }).map((object, i) => ({
    object: object,
    path: `${REGISTRATION}/${String(RESOURCES[i])}/gmsa-operator`,
  }));
}

describe.each(RESOURCES)('%s', (resource) => {
  const list = `${REGISTRATION}/${resource}`;
  const path = `${list}/gmsa-operator`;
  const ours = (...settings: Parameters<typeof desired>): ValidatingWebhookConfiguration => {
    const found = desired(...settings).find((each) => each.path === path);
    if (found === undefined) throw new Error(`nothing is desired at ${path}`);
    return found.object;
  };
  const { webhooks: shipped = [] } = ours();
  const foreign = uniqueName('foreign');

  /** What an administrator, or an operator, has written. */
  async function install(): Promise<void> {
    await cluster.client.request({ ...apply(path, ours()), query: { fieldManager: 'test' } });
  }

  /** As the operator mends it: the whole object, on the condition that it still is as it was. */
  async function replaceWith(changes: Partial<ValidatingWebhookConfiguration>): Promise<Attempt> {
    const live = await cluster.get<ValidatingWebhookConfiguration>(path);
    return attempt(dryRun({ method: 'PUT', path, body: { ...live, ...changes } }));
  }

  beforeAll(async () => {
    await cluster.apply({ ...ours(), metadata: { name: foreign } });
  });

  afterEach(async () => {
    await cluster.kubectl('delete', resource, 'gmsa-operator', '--ignore-not-found');
  });

  afterAll(async () => {
    await cluster.kubectl('delete', resource, foreign);
  });

  describe('what the operator needs is allowed', () => {
    it.each<readonly [string, Parameters<typeof desired>]>([
      ['as it is shipped', []],
      ['with another CA', [SERVICE, 'another CA']],
      [
        'with an owner and an annotation',
        [
          SERVICE,
          CA_BUNDLE,
          {
            owner: { name: 'gmsa-operator', uid: '6d0e7a3c-1111-4222-8333-944445555666' },
            annotations: { 'gmsa-operator.io/previous-ca-until': '2026-01-01T00:00:00Z' },
          },
        ],
      ],
    ])('to write it %s', async (_, settings) => {
      const { apiVersion, kind, metadata, webhooks } = ours(...settings);
      const body = { apiVersion, kind, metadata, webhooks };
      expect(await attempt(dryRun(apply(path, body)))).toEqual(ALLOWED);
      await install();
      expect(await replaceWith({ metadata: { ...(await live()).metadata, ...metadata } })).toEqual(
        ALLOWED,
      );
      expect(await replaceWith({ webhooks: webhooks ?? [] })).toEqual(ALLOWED);
    });

    it('to make it, read it, watch it and put it right, but not to delete it', async () => {
      expect(await attempt(apply(path, ours()))).toEqual(ALLOWED);
      expect(await attempt(read(path))).toEqual(ALLOWED);
      const query = { fieldSelector: 'metadata.name=gmsa-operator' };
      expect(await attempt(read(list, query))).toEqual(ALLOWED);
      expect(await firstChunk(list, 'gmsa-operator')).toContain('"name":"gmsa-operator"');
      await cluster.client.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: {
          metadata: { labels: { team: 'blue' } },
          webhooks: [{ ...shipped[0], name: 'a.b.c' }],
        },
      });
      expect(await replaceWith({ webhooks: shipped })).toEqual(ALLOWED);
      // Without it pods are admitted unchecked.
      const { code, message } = await attempt({ method: 'DELETE', path });
      expect(code).toBe(403);
      expect(message).toContain(FORBIDDEN);
    });

    it('to keep the ClusterRole that owns it, to take the place of none, but not to change it', async () => {
      const owner = (uid: string) => ({
        ownerReferences: [
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            name: 'gmsa-operator',
            uid,
          },
        ],
      });
      const [right, wrong] = [owner(crypto.randomUUID()), owner(crypto.randomUUID())];
      const withOwners = async (owners: object): Promise<Attempt> =>
        replaceWith({ metadata: { ...(await live()).metadata, ...owners } });
      await install();
      expect(await withOwners(right)).toEqual(ALLOWED);
      await cluster.client.request({
        method: 'PUT',
        path,
        body: { ...(await live()), metadata: { ...(await live()).metadata, ...right } },
      });
      expect(await withOwners(right)).toEqual(ALLOWED);
      for (const owners of [wrong, { ownerReferences: [] }]) {
        expect((await withOwners(owners)).message).toContain(POLICY);
      }
    });

    it('to let go of one that is being deleted, as it is', async () => {
      await cluster.client.request({
        ...apply(path, {
          metadata: { name: 'gmsa-operator', finalizers: ['example.com/hold'] },
          webhooks: [{ ...shipped[0], failurePolicy: 'Ignore' }],
        }),
        query: { fieldManager: 'test' },
      });
      await cluster.client.request({ method: 'DELETE', path });
      const { metadata, webhooks = [] } = await live();
      const released = { ...metadata, finalizers: [] };
      expect((await replaceWith({ metadata, webhooks: [] })).message).toContain(POLICY);
      expect(await replaceWith({ metadata: released, webhooks })).toEqual(ALLOWED);
      await cluster.client.request({
        method: 'PUT',
        path,
        body: { ...(await live()), metadata: released },
      });
    });

    async function live(): Promise<ValidatingWebhookConfiguration> {
      const object = await cluster.get<ValidatingWebhookConfiguration>(path);
      if (object === undefined) throw new Error(`nothing at ${path}`);
      return object;
    }
  });

  it.each<readonly [string, ApiRequest]>([
    ['read all of them', read(list)],
    ['watch all of them', read(list, { watch: 'true' })],
    ['read another one', read(`${list}/${foreign}`)],
    ['change another one', apply(`${list}/${foreign}`, { metadata: { labels: { a: 'b' } } })],
    ['make another one', apply(`${list}/another`, { ...ours(), metadata: { name: 'another' } })],
    ['delete another one', { method: 'DELETE', path: `${list}/${foreign}` }],
    ['delete all of them', { method: 'DELETE', path: list }],
    [
      'make its own by POST, which hides its name from RBAC',
      { method: 'POST', path: list, body: ours() },
    ],
  ])('it cannot %s', async (_, request) => {
    const { code, message } = await attempt(request);
    expect(code).toBe(403);
    expect(message).toContain(FORBIDDEN);
  });

  describe('is as it is shipped, or it is refused', () => {
    const changes = [...everyChange(shipped, another)].map(
      ({ what, value }) => [`webhooks${what}`, value as readonly Webhook[]] as const,
    );

    it('no field is left out by the tests below', () => {
      const fields = new Set<string>();
      JSON.stringify(shipped, (key, value: unknown) => {
        if (Number.isNaN(Number(key))) fields.add(key);
        return value;
      });
      const untried = [...fields].filter(
        (field) => !changes.some(([what]) => what.includes(`.${field}`)),
      );
      expect(untried).toEqual(['caBundle']);
    });

    it.each(changes)('%s', async (_, webhooks) => {
      const refused = { code: 422, message: expect.stringContaining(POLICY) };
      expect(await attempt(dryRun(apply(path, { ...ours(), webhooks })))).toEqual(refused);
      await install();
      expect(await replaceWith({ webhooks })).toEqual(refused);
    });

    it.each<readonly [string, object]>([
      ['no webhook', { webhooks: [] }],
      ['no CA bundle', { webhooks: withClientConfig({ caBundle: undefined }) }],
      ['an empty CA bundle', { webhooks: withClientConfig({ caBundle: '' }) }],
      [
        'a URL in place of the Service',
        {
          webhooks: withClientConfig({
            service: undefined,
            url: 'https://gmsa-operator-webhook.gmsa-operator-system.svc/mutate',
          }),
        },
      ],
      ['no conditions', { webhooks: shipped.map((it) => ({ ...it, matchConditions: undefined })) }],
      [
        'a namespace exempt',
        {
          webhooks: shipped.map((webhook) => ({
            ...webhook,
            namespaceSelector: {
              matchExpressions: [
                { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
              ],
            },
          })),
        },
      ],
      [
        'a tap on Secrets beside them',
        {
          webhooks: [
            ...shipped,
            {
              ...shipped[0],
              name: 'tap.gmsa-operator.io',
              matchConditions: [],
              rules: [
                {
                  apiGroups: [''],
                  apiVersions: ['v1'],
                  operations: ['*'],
                  resources: ['secrets'],
                  scope: '*',
                },
              ],
            },
          ],
        },
      ],
      ['no label of ours', withMetadata({ labels: {} })],
      [
        'another manager',
        withMetadata({
          labels: { ...ours().metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
        }),
      ],
      [
        'open to AKS by its label',
        withMetadata({
          labels: { ...ours().metadata.labels, 'admissions.enforcer/disabled': 'false' },
        }),
      ],
      ['open to AKS by its annotation', withMetadata({ annotations: {} })],
      [
        'owned by something that may go',
        withMetadata({
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Namespace', name: 'x', uid: crypto.randomUUID() },
          ],
        }),
      ],
      [
        'owned by two',
        withMetadata({
          ownerReferences: ['a', 'b'].map((name) => ({
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            name,
            uid: crypto.randomUUID(),
          })),
        }),
      ],
      ['never to be deleted', withMetadata({ finalizers: ['example.com/stay'] })],
    ])('%s', async (_, change) => {
      await install();
      const live = await cluster.get<ValidatingWebhookConfiguration>(path);
      const { metadata, ...rest } = change as Partial<ValidatingWebhookConfiguration>;
      expect(
        await replaceWith({
          ...rest,
          ...(live && { metadata: { ...live.metadata, ...metadata } }),
        }),
      ).toEqual({ code: 422, message: expect.stringContaining(POLICY) });
    });
  });

  function withClientConfig(changes: object): readonly object[] {
    return shipped.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, ...changes },
    }));
  }

  function withMetadata(changes: object): object {
    return { metadata: changes };
  }
});

/** Something else that the API server accepts in place of a field of a webhook. */
function another(key: string, value: unknown): unknown {
  switch (key) {
    case 'failurePolicy':
      return value === 'Fail' ? 'Ignore' : 'Fail';
    case 'matchPolicy':
      return 'Exact';
    case 'sideEffects':
      return 'NoneOnDryRun';
    case 'reinvocationPolicy':
      return 'Never';
    case 'scope':
      return '*';
    case 'operations':
      return 'DELETE';
    case 'admissionReviewVersions':
      return 'v1beta1';
    case 'expression':
      return 'true';
    // What may change; where it may not is tried by name.
    case 'caBundle':
      return undefined;
    default:
      return typeof value === 'number' ? value + 1 : `${String(value)}x`;
  }
}

it('the webhooks of one configuration trust one CA bundle', async () => {
  const [, validating] = desired();
  const [first, second] = validating?.object.webhooks ?? [];
  const [, other] = desired(SERVICE, 'another CA');
  const { message } = await attempt(
    dryRun(
      apply(String(validating?.path), {
        ...validating?.object,
        webhooks: [first, { ...second, clientConfig: other?.object.webhooks?.[1]?.clientConfig }],
      }),
    ),
  );
  expect(message).toContain(POLICY);
});

// Last, for it changes the policy.
describe('for an operator out of the cluster, with its URL written into the policy', () => {
  const base = 'https://127.0.0.1:9443';

  beforeAll(async () => {
    const file = join(RBAC_DIRECTORY, 'admission-policy.yaml');
    const text = await readFile(file, 'utf8');
    const edited = text.replace("'gmsa-operator-system/gmsa-operator-webhook'", `'${base}'`);
    expect(edited).not.toBe(text);
    const { code, stderr } = await cluster.controlPlane.kubectl(['apply', '-f', '-'], {
      stdin: edited,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await waitFor('the policy', async () => {
      const [first] = desired();
      const { message } = await attempt(dryRun(apply(String(first?.path), first?.object ?? {})));
      return message.includes(POLICY);
    });
  });

  afterAll(async () => {
    await cluster.kubectl('apply', '-f', RBAC_DIRECTORY);
  });

  const tryTarget = (target: WebhookTarget): Promise<readonly Attempt[]> =>
    Promise.all(desired(target).map(({ path, object }) => attempt(dryRun(apply(path, object)))));

  it('that URL is accepted', async () => {
    expect(await tryTarget({ type: 'url', base })).toEqual([ALLOWED, ALLOWED]);
    expect(await tryTarget({ type: 'url', base: `${base}/` })).toEqual([ALLOWED, ALLOWED]);
  });

  it.each<readonly [string, WebhookTarget]>([
    ['another URL', { type: 'url', base: 'https://127.0.0.1:9444' }],
    ['a path before ours', { type: 'url', base: `${base}/elsewhere` }],
    ['the Service', SERVICE],
  ])('%s is refused', async (_, target) => {
    for (const { message } of await tryTarget(target)) expect(message).toContain(POLICY);
  });
});
