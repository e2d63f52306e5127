// SPDX-License-Identifier: Apache-2.0
// Pods with credential specs on a real API server: what they get, which are refused and in which words.
// The operator runs as in a cluster: behind its Service, with its own service account.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import { API_VERSION, KIND } from '../../src/api/credspec.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import {
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService, type WebhookService } from '../support/webhook-service.ts';
import { callWebhook } from './webhook-client.ts';
import {
  addEphemeral,
  admissionInForce,
  container,
  createPod,
  gmsa,
  kubectlCreate,
  linuxPod,
  namespaceWith,
  type Pod,
  podPath,
  readyCredspec,
  refusalOf,
  SERVICE_ACCOUNT,
  type SecurityContext,
  windowsPod,
} from './windows-pods.ts';

jest.setTimeout(60_000);

/** All that Go's encoder escapes, and keys in no order. */
const AWKWARD_CONTENTS = {
  ...WEBAPP1_CONTENTS,
  ActiveDirectoryConfig: {
    HostAccountConfig: {
      PortableCcgVersion: '1',
      PluginInput: 'a<b>&c\u2028\u2029"ü🪟"',
      PluginGUID: '{859E1386-BDB4-49E8-85C7-3070B13920E1}',
    },
    ...WEBAPP1_CONTENTS.ActiveDirectoryConfig,
  },
};

const NOT_AUTHORIZED = 'service account "web" is not authorized to `use` GMSA cred spec';

let cluster: TestCluster;
let service: WebhookService;
let replicas: OperatorReplicas;
let replica: OperatorReplica;
let namespace: string;
/** Allowed to the service account `web` of `namespace`, both of them. */
let webapp1: string;
let awkward: string;

// The endpoints of the Service are on this machine, which an existing cluster does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('admission', () => {
  beforeAll(async () => {
    cluster = await startTestCluster();
    service = await createWebhookService(cluster.client);
    replicas = createOperatorReplicas({
      service,
      kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(
        'gmsa-operator-system',
        'gmsa-operator',
      ),
    });
    replica = await replicas.startReplica();
    await admissionInForce(cluster);
    namespace = await namespaceWith(cluster, SERVICE_ACCOUNT, 'default');
    const allowed = `${namespace}/${SERVICE_ACCOUNT}`;
    webapp1 = await readyCredspec(cluster, { allowed });
    awkward = await readyCredspec(cluster, { allowed, contents: AWKWARD_CONTENTS });
  });

  afterAll(async () => {
    await replicas.close();
    await cluster.stop();
  });

  const create = (pod: Pod): Promise<Pod> => createPod(cluster.client, pod);

  it.each<readonly [string, object, object, string]>([
    [
      'asks for a random host name in a StatefulSet',
      { hostname: 'inventory-service-backend-0' },
      { annotations: { 'gmsa-operator.io/random-hostname': 'true' } },
      'annotation gmsa-operator.io/random-hostname has no effect: the pod has a host name already',
    ],
    [
      'is for Linux nodes',
      { os: undefined, nodeSelector: { 'kubernetes.io/os': 'linux' } },
      {},
      'spec.nodeSelector["kubernetes.io/os"] is "linux", and only Windows containers run under a GMSA',
    ],
    [
      'has an annotation of old',
      {},
      { annotations: { 'main.container.alpha.windows.kubernetes.io/gmsa-credential-spec': '{}' } },
      'annotation "main.container.alpha.windows.kubernetes.io/gmsa-credential-spec" has no effect since Kubernetes 1.16',
    ],
  ])('warns whoever creates a pod that %s', async (_, spec, metadata, warning) => {
    const pod = windowsPod(
      namespace,
      { securityContext: gmsa(webapp1), ...spec },
      { name: uniqueName('webapp'), namespace, ...metadata },
    );
    const { code, stderr } = await kubectlCreate(cluster, pod);
    expect(code).toBe(0);
    expect(stderr).toContain(`Warning: ${warning}`);
  });

  /** What is refused, in the API's terms and as kubectl prints it. */
  async function refused(pod: Pod): Promise<{ code: number; message: string; printed: string }> {
    const refusal = await refusalOf(create(pod));
    const { code, stderr } = await kubectlCreate(cluster, pod);
    expect(code).toBe(1);
    return { ...refusal, printed: stderr };
  }

  /** In the pod's own security context, a container's or an init container's. */
  const places: readonly (readonly [
    string,
    (context: SecurityContext) => object,
    (pod: Pod) => SecurityContext | undefined,
  ])[] = [
    ['pod', (securityContext) => ({ securityContext }), ({ spec }) => spec.securityContext],
    [
      'container',
      (context) => ({ containers: [container('first'), container('main', context)] }),
      ({ spec }) => spec.containers[1]?.securityContext,
    ],
    [
      'init container',
      (context) => ({ initContainers: [container('main-init', context)] }),
      ({ spec }) => spec.initContainers?.[0]?.securityContext,
    ],
  ];

  describe('contents', () => {
    it.each(places)('are inlined byte for byte beside the name in a %s', async (_, spec, at) => {
      const created = await create(windowsPod(namespace, spec(gmsa(awkward))));
      const contents = at(created)?.windowsOptions?.gmsaCredentialSpec;
      expect(contents).toBe(canonicalJson(AWKWARD_CONTENTS));
      expect(contents).toContain('"PluginInput":"a\\u003cb\\u003e\\u0026c\\u2028\\u2029\\"ü🪟\\""');
      // What is stored is what was answered.
      expect(await cluster.get(podPath(created))).toMatchObject({ spec: created.spec });
    });

    it('of several credspecs are each beside their own name in one pod', async () => {
      const { spec } = await create(
        windowsPod(namespace, {
          securityContext: gmsa(webapp1),
          initContainers: [container('init', gmsa(awkward))],
          containers: [container('plain'), container('own', gmsa(awkward))],
        }),
      );
      const inlined = [spec, ...spec.containers, ...(spec.initContainers ?? [])].map(
        ({ securityContext }) => securityContext?.windowsOptions?.gmsaCredentialSpec,
      );
      const [plain, other] = [canonicalJson(WEBAPP1_CONTENTS), canonicalJson(AWKWARD_CONTENTS)];
      expect(inlined).toEqual([plain, undefined, other, other]);
    });

    it('that a pod brings itself may be in another order and with other white space', async () => {
      const { CmsPlugins, ...rest } = WEBAPP1_CONTENTS;
      const own = JSON.stringify({ CmsPlugins, ...rest }, undefined, 4);
      const created = await create(windowsPod(namespace, { securityContext: gmsa(webapp1, own) }));
      expect(created.spec.securityContext?.windowsOptions?.gmsaCredentialSpec).toBe(own);
    });

    it('are inlined into an ephemeral container that is added to a pod', async () => {
      const pod = await create(windowsPod(namespace));
      const { spec } = await addEphemeral(cluster.client, pod, container('debug', gmsa(awkward)));
      expect(spec.ephemeralContainers?.[0]?.securityContext?.windowsOptions).toEqual({
        gmsaCredentialSpecName: awkward,
        gmsaCredentialSpec: canonicalJson(AWKWARD_CONTENTS),
      });
    });

    it('of pods that mention none stay nobody’s business', async () => {
      const created = await create(linuxPod(namespace));
      expect(created.spec.securityContext?.windowsOptions).toBeUndefined();
      expect(
        (await replica.log()).some(({ message }) => message.includes(created.metadata.name)),
      ).toBe(false);
    });
  });

  describe('references of an existing pod', () => {
    it('are not checked again when one is added, though access to them is gone', async () => {
      const revoked = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
      const pod = await create(windowsPod(namespace, { securityContext: gmsa(revoked) }));
      await addEphemeral(cluster.client, pod, container('first', gmsa(revoked)));
      await cluster.allow(revoked, undefined);
      await cluster.condition(revoked, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
      await waitFor(
        'nobody to be allowed',
        async () => !(await cluster.canUse(revoked, `${namespace}/${SERVICE_ACCOUNT}`)),
      );

      await addEphemeral(cluster.client, pod, container('second', gmsa(webapp1)));
      const third = addEphemeral(cluster.client, pod, container('third', gmsa(revoked)));
      expect(await refusalOf(third)).toMatchObject({
        code: 403,
        message: expect.stringContaining(`${NOT_AUTHORIZED} "${revoked}"`),
      });
    });

    it('are checked in an ephemeral container that is added', async () => {
      const pod = await create(windowsPod(namespace, { serviceAccountName: 'default' }));
      const added = addEphemeral(cluster.client, pod, container('debug', gmsa(webapp1)));
      expect(await refusalOf(added)).toMatchObject({
        code: 403,
        message: expect.stringContaining('service account "default" is not authorized'),
      });
    });

    it('cannot be changed: the API server sees to it, and so would the webhook', async () => {
      const pod = await create(windowsPod(namespace, { securityContext: gmsa(webapp1) }));
      const change = cluster.client.request({
        method: 'PATCH',
        path: podPath(pod),
        contentType: 'application/merge-patch+json',
        body: { spec: { securityContext: gmsa(awkward) } },
      });
      expect(await refusalOf(change)).toMatchObject({
        code: 422,
        message: expect.stringContaining('pod updates may not change fields'),
      });
      const named = (name: string, contents: string): Pod => ({
        ...pod,
        spec: { ...pod.spec, securityContext: gmsa(name, contents) },
      });
      const old = named(webapp1, canonicalJson(WEBAPP1_CONTENTS));
      const answers = await Promise.all(
        [
          named(awkward, canonicalJson(WEBAPP1_CONTENTS)),
          named(webapp1, '{}'),
          named(awkward, '{}'),
        ].map((object) => directly({ operation: 'UPDATE', namespace, object, oldObject: old })),
      );
      const what = (changed: string) =>
        `cannot update an existing pod's GMSA settings (GMSA ${changed} modified on pod "${pod.metadata.name}")`;
      expect(answers).toEqual(
        ['name', 'contents', 'name and contents'].map((changed) =>
          expect.objectContaining({
            allowed: false,
            status: expect.objectContaining({ code: 403, message: what(changed) }),
          }),
        ),
      );
      expect(
        await directly({ operation: 'UPDATE', namespace, object: old, oldObject: old }),
      ).toMatchObject({ allowed: true });
    });
  });

  const directly = (request: object) =>
    callWebhook(cluster, { service, port: replica.port }, '/validate', request);

  describe('refused, with words that kubectl prints', () => {
    it.each(places)(
      'in a %s: a service account that is not allowed, with what would allow it',
      async (_, spec) => {
        const nobodys = await readyCredspec(cluster);
        const { code, message, printed } = await refused(
          windowsPod(namespace, spec(gmsa(nobodys))),
        );
        expect(code).toBe(403);
        expect(message).toContain(
          `${NOT_AUTHORIZED} "${nobodys}": allow it with the annotation gmsa-operator.io/allowed-service-accounts on GMSACredentialSpec "${nobodys}", entry "${namespace}/web"`,
        );
        expect(printed).toContain(
          `admission webhook "validate-pods.gmsa-operator.io" denied the request: ${NOT_AUTHORIZED} "${nobodys}": allow it`,
        );
      },
    );

    it.each(places)('in a %s: a credspec that does not exist', async (_, spec) => {
      const missing = uniqueName('missing');
      const { code, message, printed } = await refused(windowsPod(namespace, spec(gmsa(missing))));
      expect(code).toBe(404);
      expect(message).toContain(`cred spec ${missing} does not exist: create a GMSACredentialSpec`);
      expect(printed).toContain(`cred spec ${missing} does not exist`);
    });

    it.each(['../pods', 'No Name', 'x'.repeat(300), 'webapp1/status', ''])(
      'the name %j, which no credspec can have',
      async (name) => {
        const { code, message } = await refusalOf(
          create(windowsPod(namespace, { securityContext: gmsa(name) })),
        );
        expect({ code, message }).toMatchObject({
          code: 404,
          message: expect.stringMatching(
            /cred spec .* does not exist: no resource can have this name/,
          ),
        });
      },
    );

    it.each(places)('in a %s: contents without a name', async (place, spec) => {
      const own = canonicalJson(WEBAPP1_CONTENTS);
      const pod = windowsPod(namespace, spec(gmsa(undefined, own)));
      const { code, message, printed } = await refused(pod);
      const whose = place === 'pod' ? `pod "${pod.metadata.name}"` : `container "main`;
      expect(code).toBe(422);
      for (const text of [message, printed]) {
        expect(text).toContain(whose);
        expect(text).toContain(
          'has a GMSA cred spec set, but does not define the name of the corresponding resource',
        );
      }
    });

    it('contents without a name in an ephemeral container, where they would be an impersonation', async () => {
      const pod = await create(windowsPod(namespace));
      const ephemeral = container('debug', gmsa(undefined, canonicalJson(WEBAPP1_CONTENTS)));
      const phrase =
        'container "debug" has a GMSA cred spec set, but does not define the name of the corresponding resource';
      expect(await refusalOf(addEphemeral(cluster.client, pod, ephemeral))).toMatchObject({
        code: 422,
        message: expect.stringContaining(phrase),
      });
      const patch = JSON.stringify({ spec: { ephemeralContainers: [ephemeral] } });
      const { stderr } = await cluster.controlPlane.kubectl([
        ...['patch', 'pod', pod.metadata.name, `--namespace=${namespace}`],
        ...['--subresource=ephemeralcontainers', `--patch=${patch}`],
      ]);
      expect(stderr).toContain(phrase);
    });

    it.each(places)('in a %s: contents of another credspec', async (place, spec) => {
      const other = canonicalJson(AWKWARD_CONTENTS);
      const pod = windowsPod(namespace, spec(gmsa(webapp1, other)));
      const { code, message, printed } = await refused(pod);
      const whose = place === 'pod' ? `pod "${pod.metadata.name}"` : `container "main`;
      expect(code).toBe(422);
      for (const text of [message, printed]) {
        expect(text).toContain(`the GMSA cred spec contents for ${whose}`);
        expect(text).toContain(`does not match the contents of GMSA resource "${webapp1}"`);
        // They may hold secrets.
        expect(text).not.toContain('PluginInput');
      }
    });

    it('a copy of a pod with older contents, which passes once the original is recreated', async () => {
      const contents = { ...WEBAPP1_CONTENTS, CmsPlugins: ['ActiveDirectory'] };
      const changing = await readyCredspec(cluster, {
        allowed: `${namespace}/${SERVICE_ACCOUNT}`,
        contents,
      });
      const original = () => create(windowsPod(namespace, { securityContext: gmsa(changing) }));
      // As kubectl debug --copy-to does it, and a tool for backups.
      const copyOf = ({ spec }: Pod) => {
        const { nodeName, ...rest } = spec as Pod['spec'] & { readonly nodeName?: string };
        expect(nodeName).toBeUndefined();
        return windowsPod(namespace, rest);
      };
      const old = await original();
      await cluster.applyCredspec(changing, {
        allowed: `${namespace}/${SERVICE_ACCOUNT}`,
        contents: { ...contents, CmsPlugins: ['ActiveDirectory', 'Another'] },
      });
      const { message } = await waitFor('the older contents to be refused', () =>
        refusalOf(create(copyOf(old))).catch(() => undefined),
      );
      expect(message).toContain(
        'A copy of a pod (kubectl debug --copy-to) and a backup hold the contents of its creation: recreate the original pod before copying it, and restore its workload instead of the pod',
      );
      await create(copyOf(await original()));
    });

    it('contents that are no JSON', async () => {
      const pod = windowsPod(namespace, { securityContext: gmsa(webapp1, '{"CmsPlugins":') });
      expect(await refusalOf(create(pod))).toMatchObject({
        code: 422,
        message: expect.stringContaining('does not match the contents of GMSA resource'),
      });
    });

    it('a credspec without contents', async () => {
      const empty = uniqueName('empty');
      await cluster.apply({ apiVersion: API_VERSION, kind: KIND, metadata: { name: empty } });
      const pod = windowsPod(namespace, { securityContext: gmsa(empty) });
      expect(await refusalOf(create(pod))).toMatchObject({
        code: 422,
        message: expect.stringContaining(`cred spec ${empty} does not have a credspec key`),
      });
    });

    it('a name whose contents were never inlined, for the mutating webhook did not run', async () => {
      const object = windowsPod(namespace, { securityContext: gmsa(webapp1) });
      expect(await directly({ operation: 'CREATE', namespace, object })).toMatchObject({
        allowed: false,
        status: {
          code: 422,
          message: expect.stringMatching(/were not filled in .* the mutating webhook did not run/),
        },
      });
    });

    it('the first place that may not be, however many others may', async () => {
      const missing = uniqueName('missing');
      const pod = windowsPod(namespace, {
        securityContext: gmsa(webapp1),
        containers: [
          ...Array.from({ length: 50 }, (_, i) => container(`c${i}`, gmsa(webapp1))),
          container('last', gmsa(missing)),
        ],
      });
      expect(await refusalOf(create(pod))).toMatchObject({ code: 404 });
    });
  });
});
