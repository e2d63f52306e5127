// SPDX-License-Identifier: Apache-2.0
// Who may use a credspec, at admission: nobody but whom the credspec's own annotation (or a binding of its
// owner's) allows, at once when it is granted, no more once it is revoked, and never where nobody can tell.
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../src/api/credspec.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import {
  clusterRolePath,
  credspecPath,
  RBAC_DIRECTORY,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import {
  admissionInForce,
  container,
  createPod,
  gmsa,
  linuxPod,
  namespaceWith,
  outcomeOf,
  type Pod,
  readyCredspec,
  type Refusal,
  refusalOf,
  SERVICE_ACCOUNT,
  windowsPod,
} from './windows-pods.ts';

jest.setTimeout(60_000);

const SUBJECT_ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

let cluster: TestCluster;
/** Of the operator's service account, past the proxy. */
let kubeconfig: string;
let proxy: FaultProxy;
let replicas: OperatorReplicas;
let namespace: string;
const spoiling: (() => void)[] = [];

// The endpoints of the Service are on this machine, which an existing cluster does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('access at admission', () => {
  beforeAll(async () => {
    cluster = await startTestCluster();
    kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
      'gmsa-operator-system',
      'gmsa-operator',
    );
    proxy = await startFaultProxy(kubeconfig, dirname(kubeconfig));
    replicas = createOperatorReplicas({
      service: await createWebhookService(cluster.client),
      kubeconfig: proxy.kubeconfigPath,
    });
    namespace = await namespaceWith(cluster, SERVICE_ACCOUNT, 'other');
  });

  afterEach(() => {
    for (const end of spoiling.splice(0)) end();
  });

  afterAll(async () => {
    await replicas.close();
    await proxy.stop();
    await cluster.stop();
  });

  const podOf = (credspec: string, serviceAccountName = SERVICE_ACCOUNT, where = namespace): Pod =>
    windowsPod(where, { serviceAccountName, securityContext: gmsa(credspec) });
  const create = (pod: Pod): Promise<Pod> => createPod(cluster.client, pod);

  function notAuthorized(credspec: string, serviceAccount = SERVICE_ACCOUNT): Refusal {
    return {
      code: 403,
      message: expect.stringContaining(
        `service account "${serviceAccount}" is not authorized to \`use\` GMSA cred spec "${credspec}"`,
      ) as unknown as string,
    };
  }

  /** A binding to a role that allows `use`, which a user makes. */
  const useOf = (roleName: string, where: string): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: uniqueName('by-hand'), namespace: where },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', name: SERVICE_ACCOUNT, namespace: where }],
  });

  describe('with answers that are kept for five minutes', () => {
    let replica: OperatorReplica;

    beforeAll(async () => {
      replica = await replicas.startReplica(['--authorization-cache-ttl=5m']);
      await admissionInForce(cluster);
    });

    afterAll(() => replicas.stopReplica(replica));

    it('is gone as soon as the operator has taken it away, not when answers are forgotten', async () => {
      const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
      await create(podOf(credspec));
      await cluster.allow(credspec, `${namespace}/other`);
      await waitFor(
        'it to be taken away',
        async () => !(await cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`)),
      );
      await waitFor('a refusal', async () => (await outcomeOf(create(podOf(credspec)))) !== 'done');
      expect(await refusalOf(create(podOf(credspec)))).toEqual(notAuthorized(credspec));
      await create(podOf(credspec, 'other'));
    });

    it('is gone as soon as somebody deletes the binding for good', async () => {
      const credspec = await readyCredspec(cluster);
      await cluster.apply(useOf(`gmsa-operator:${credspec}`, namespace));
      await waitFor('the owner’s own binding to hold', () =>
        cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`),
      );
      await create(podOf(credspec));
      // With the credspec goes everything.
      await cluster.client.request({ method: 'DELETE', path: credspecPath(credspec) });
      await waitFor(
        'the role to go',
        async () => (await cluster.get(clusterRolePath(credspec))) === undefined,
      );
      await waitFor('a refusal', async () => (await outcomeOf(create(podOf(credspec)))) !== 'done');
      expect(await refusalOf(create(podOf(credspec)))).toMatchObject({ code: 404 });
    });

    it('to a credspec is not inherited by the next one of the same name', async () => {
      const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
      await create(podOf(credspec));
      await cluster.client.request({ method: 'DELETE', path: credspecPath(credspec) });
      await cluster.applyCredspec(credspec, { allowed: `${namespace}/other` });
      await cluster.condition(credspec, 'Ready', { status: 'True' });
      await create(podOf(credspec, 'other'));
      expect(await refusalOf(create(podOf(credspec)))).toEqual(notAuthorized(credspec));
    });

    it('to a credspec that was made a moment ago is there at once, every time', async () => {
      const where = await namespaceWith(cluster, SERVICE_ACCOUNT);
      const everything = uniqueName('use-all');
      await cluster.apply(
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: everything },
          rules: [
            {
              apiGroups: ['windows.k8s.io'],
              resources: ['gmsacredentialspecs'],
              verbs: ['use'],
            },
          ],
        },
        useOf(everything, where),
      );
      await waitFor('the role to hold', () =>
        cluster.canUse('anything', `${where}/${SERVICE_ACCOUNT}`),
      );
      for (let i = 0; i < 50; i++) {
        const credspec = uniqueName('just-now');
        await cluster.applyCredspec(credspec);
        await create(podOf(credspec, SERVICE_ACCOUNT, where));
      }
    });

    it('by the annotation comes with Ready, and until then nobody says that there is no such credspec', async () => {
      const where = await namespaceWith(cluster, SERVICE_ACCOUNT);
      for (let i = 0; i < 20; i++) {
        const credspec = uniqueName('just-now');
        await cluster.applyCredspec(credspec, { allowed: `${where}/${SERVICE_ACCOUNT}` });
        const first = await outcomeOf(create(podOf(credspec, SERVICE_ACCOUNT, where)));
        if (first !== 'done') expect(first).toEqual(notAuthorized(credspec));
        await cluster.condition(credspec, 'Ready', { status: 'True' });
        await create(podOf(credspec, SERVICE_ACCOUNT, where));
      }
    });

    it('is not granted by an annotation on a ServiceAccount, Namespace or Pod', async () => {
      const where = await namespaceWith(cluster, SERVICE_ACCOUNT);
      const credspec = await readyCredspec(cluster);
      const annotations = {
        [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: `${where}/${SERVICE_ACCOUNT}`,
        'gmsa-operator.io/credspec': credspec,
      };
      const contentType = 'application/merge-patch+json';
      const body = { metadata: { annotations } };
      const path = `/api/v1/namespaces/${where}`;
      await cluster.client.request({ method: 'PATCH', path, contentType, body });
      await cluster.client.request({
        method: 'PATCH',
        path: `${path}/serviceaccounts/${SERVICE_ACCOUNT}`,
        contentType,
        body,
      });
      const pod = windowsPod(where, { securityContext: gmsa(credspec) }, { annotations });
      expect(await refusalOf(create(pod))).toEqual(notAuthorized(credspec));
      // A change that follows is reconciled after those.
      await readyCredspec(cluster);
      expect(await cluster.get(roleBindingPath(where, credspec))).toBeUndefined();
      expect(await refusalOf(create(pod))).toEqual(notAuthorized(credspec));
    });

    it.each(['kube-system', 'gmsa-operator-system'])(
      'is asked for in namespace %s as in any other',
      async (where) => {
        await createServiceAccount(cluster.client, where, SERVICE_ACCOUNT);
        const credspec = await readyCredspec(cluster);
        const pod = podOf(credspec, SERVICE_ACCOUNT, where);
        expect(await refusalOf(create(pod))).toEqual(notAuthorized(credspec));
        const raw = windowsPod(where, { securityContext: gmsa(undefined, '{}') });
        expect(await refusalOf(create(raw))).toMatchObject({ code: 422 });
        await create(linuxPod(where));
      },
    );
  });

  describe('with answers that are kept for two seconds', () => {
    beforeAll(async () => {
      await replicas.startReplica(['--authorization-cache-ttl=2s']);
      await admissionInForce(cluster);
    });

    it('is gone after that time even where nothing is heard of the revocation', async () => {
      const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
      const thaw = proxy.freezeWatches();
      spoiling.push(thaw);
      await create(podOf(credspec));
      await cluster.client.request({
        method: 'DELETE',
        path: roleBindingPath(namespace, credspec),
      });
      await waitFor(
        'the revocation',
        async () => !(await cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`)),
      );
      // A second more than what is kept, for a busy machine.
      await waitFor(
        'a refusal',
        async () => (await outcomeOf(create(podOf(credspec)))) !== 'done',
        {
          timeoutMs: 3_000,
        },
      );
      expect(await refusalOf(create(podOf(credspec)))).toEqual(notAuthorized(credspec));
      thaw();
      await waitFor('the repair', () =>
        cluster.canUse(credspec, `${namespace}/${SERVICE_ACCOUNT}`),
      );
      await create(podOf(credspec));
    });

    it.each<readonly [string, Fault, RegExp]>([
      ['answers 500', { type: 'answer', code: 500 }, /500 spoilt/],
      ['answers 403', { type: 'answer', code: 403 }, /403 spoilt/],
      [
        'answers nonsense',
        { type: 'answer', code: 200, body: { status: { allowed: 'yes' } } },
        /is not authorized/,
      ],
      ['answers without a status', { type: 'answer', code: 200, body: {} }, /without a status/],
      ['does not answer', { type: 'silence' }, /within 3 s/],
      ['cuts the connection', { type: 'cut' }, /cannot check/],
    ])(
      'is denied where the API server %s, and only pods with a GMSA wait for it',
      async (_, fault, why) => {
        const credspec = await readyCredspec(cluster, {
          allowed: `${namespace}/${SERVICE_ACCOUNT}`,
        });
        const end = proxy.spoil(({ url }) => (url === SUBJECT_ACCESS_REVIEWS ? fault : undefined));
        spoiling.push(end);
        const denied = refusalOf(create(podOf(credspec)));
        await create(linuxPod(namespace));
        const { code, message } = await denied;
        expect(message).toMatch(why);
        if (!why.test('is not authorized')) {
          expect(code).toBe(503);
          expect(message).toContain(
            `cannot check whether service account "${SERVICE_ACCOUNT}" is authorized to \`use\` GMSA cred spec "${credspec}": `,
          );
          expect(message).toMatch(/; try again$/);
        }
        end();
        await create(podOf(credspec));
      },
    );

    it('is denied where the API server does not say whether there is such a credspec', async () => {
      const missing = uniqueName('missing');
      const end = proxy.spoil(({ url, isWatch }) =>
        !isWatch && url.startsWith(credspecPath(missing))
          ? { type: 'answer', code: 500 }
          : undefined,
      );
      spoiling.push(end);
      expect(await refusalOf(create(podOf(missing)))).toMatchObject({
        code: 503,
        message: expect.stringMatching(/cannot check whether cred spec \S+ exists: .*; try again$/),
      });
      end();
      expect(await refusalOf(create(podOf(missing)))).toMatchObject({ code: 404 });
    });
  });

  // Last, for it removes a policy.
  it('is denied to pods that run as the operator, which may use every credspec', async () => {
    // By its token it knows who it is, and over plain HTTP it has none: the proxy's own is what the API server sees.
    await replicas.close();
    await replicas.startReplica([`--kubeconfig=${kubeconfig}`]);
    await admissionInForce(cluster);
    const credspec = await readyCredspec(cluster, { allowed: `${namespace}/${SERVICE_ACCOUNT}` });
    const [where, operator] = ['gmsa-operator-system', 'gmsa-operator'];
    for (const pod of [
      podOf(credspec, operator, where),
      windowsPod(where, {
        serviceAccountName: operator,
        containers: [container('main', gmsa(credspec))],
      }),
    ]) {
      expect((await refusalOf(create(pod))).message).toContain(
        "ValidatingAdmissionPolicy 'gmsa-operator-own-pods'",
      );
    }
    await create(windowsPod(where, { serviceAccountName: operator }));
    await cluster.kubectl('delete', 'validatingadmissionpolicybinding', 'gmsa-operator-own-pods');
    await waitFor('the webhook to be asked', async () => {
      const { code, message } = await refusalOf(create(podOf(credspec, operator, where)));
      return code === 403 && message.includes("it is the operator's own service account");
    });
    await cluster.kubectl('apply', '-f', RBAC_DIRECTORY);
  });
});
