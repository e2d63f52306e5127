// SPDX-License-Identifier: Apache-2.0
// The operator while its API server is in trouble of every kind: it must say so, be right again soon
// after, and touch nothing that is not its own.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { RoleBinding } from '../../src/controller/access/rbac-objects.ts';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import { NEEDS_OWN_API_SERVER } from '../support/control-plane/existing-cluster.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type LogLine, type OperatorProcess, startOperator } from '../support/operator-process.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  startTestCluster,
  type TestCluster,
  uniqueName,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const OPERATOR_ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/gmsa-operator';

let cluster: TestCluster;
let proxy: FaultProxy;
let operator: OperatorProcess;
let bystanders: Bystanders;
const spoiling: (() => void)[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  proxy = await startFaultProxy(kubeconfig, kubeconfig.replace(/\/[^/]*$/, ''));
  bystanders = await createBystanders();
});

// An operator of its own for each: one that has just been in trouble is wary of it for a while.
beforeEach(async () => {
  operator = await startHere();
});

afterEach(async () => {
  for (const end of spoiling.splice(0)) end();
  await operator.close();
  expect(await bystanders.now()).toEqual(bystanders.before);
});

afterAll(async () => {
  await proxy.stop();
  await cluster.stop();
});

/** As the proxy does it, at most until the end of the test. */
function spoil(rule: Parameters<FaultProxy['spoil']>[0]): () => void {
  const end = proxy.spoil(rule);
  spoiling.push(end);
  return end;
}

/** Resyncs are left at ten minutes: no test passes because of one. */
async function startHere(): Promise<OperatorProcess> {
  const started = await startOperator({
    kubeconfig: proxy.kubeconfigPath,
    args: ['--leader-elect=false'],
  });
  await waitFor('the operator to be ready', async () => (await started.readyz()).code === 200);
  return started;
}

/** What users own, among it what is in the way of generated objects. */
interface Bystanders {
  readonly before: unknown;
  now(): Promise<unknown>;
}

async function createBystanders(): Promise<Bystanders> {
  const namespace = await cluster.createNamespace('bystander');
  const planted = uniqueName('planted');
  await cluster.applyCredspec(planted, { allowed: `${namespace}/web` });
  const roleBinding = (name: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace }],
  });
  await cluster.apply(
    roleBinding('theirs'),
    roleBinding(`gmsa-operator:${planted}`),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace } },
  );
  const paths = [
    `/api/v1/namespaces/${namespace}`,
    `/api/v1/namespaces/${namespace}/serviceaccounts/web`,
    `/api/v1/namespaces/${namespace}/configmaps/theirs`,
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/theirs`,
    roleBindingPath(namespace, planted),
  ];
  const now = async () => {
    const { metadata, credspec } = await cluster.credspec(planted);
    const { uid, generation, annotations, labels } = metadata;
    const objects = await Promise.all(paths.map((path) => cluster.get(path)));
    return { credspec: { credspec, uid, generation, annotations, labels }, objects };
  };
  return { before: await now(), now };
}

/** By the client: a second of kubectl here and there is a minute in the end. */
async function createNamespace(name = uniqueName('trouble')): Promise<string> {
  await cluster.client.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
  return name;
}

/** Five credspecs to which five different things happen. */
interface Story {
  /** All that happens, past the proxy. */
  happen(): Promise<void>;
  /** Resolves when everything is as it must be after that. */
  right(): Promise<void>;
}

async function prepareStory(): Promise<Story> {
  const namespace = await createNamespace();
  const later = uniqueName('later');
  const [granted, revoked, tampered, deleted, created] = [
    uniqueName('granted'),
    uniqueName('revoked'),
    uniqueName('tampered'),
    uniqueName('deleted'),
    uniqueName('created'),
  ];
  const web = `${namespace}/web`;
  await cluster.applyCredspec(granted);
  for (const name of [revoked, tampered, deleted]) {
    await cluster.applyCredspec(name, { allowed: web });
  }
  for (const name of [revoked, tampered, deleted]) {
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
  }
  await cluster.condition(granted, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
  return {
    async happen() {
      await cluster.allow(granted, `${web} ${later}/web`);
      await createNamespace(later);
      await cluster.allow(revoked, undefined);
      await cluster.client.request({
        method: 'PATCH',
        path: roleBindingPath(namespace, tampered),
        contentType: 'application/merge-patch+json',
        body: { subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace }] },
      });
      await cluster.client.request({ method: 'DELETE', path: credspecPath(deleted) });
      await cluster.applyCredspec(created, { allowed: web });
    },
    async right() {
      await cluster.condition(created, 'Ready', { status: 'True', reason: 'Ready' });
      await cluster.condition(granted, 'Ready', { status: 'True', reason: 'Ready' });
      await cluster.condition(revoked, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
      await waitFor('the repair', async () => {
        const binding = await cluster.get<RoleBinding>(roleBindingPath(namespace, tampered));
        return binding?.subjects?.[0]?.name === 'web';
      });
      for (const path of [
        roleBindingPath(namespace, revoked),
        roleBindingPath(namespace, deleted),
        clusterRolePath(deleted),
      ]) {
        await waitFor(`${path} to go`, async () => (await cluster.get(path)) === undefined);
      }
      expect(await cluster.canUse(granted, `${later}/web`)).toBe(true);
      expect(await cluster.canUse(created, web)).toBe(true);
      expect(await cluster.canUse(revoked, web)).toBe(false);
      expect(await cluster.canUse(tampered, `${namespace}/intruder`)).toBe(false);
    },
  };
}

const isWrite = (method: string) => method !== 'GET';

/** Faults that come in bursts: so many requests pass, then so many do not. */
function bursts(
  fault: Fault,
  { pass, spoil }: { pass: number; spoil: number },
): () => Fault | undefined {
  let count = 0;
  return () => (count++ % (pass + spoil) < pass ? undefined : fault);
}

/** What was logged since, at `info` and above. */
async function logSince(start: number): Promise<readonly LogLine[]> {
  return (await operator.log()).slice(start).filter(({ level }) => level !== 'debug');
}

describe('requests that fail', () => {
  it.each<[string, Parameters<FaultProxy['spoil']>[0], howOften: number]>([
    ['every watch answered 410', ({ isWatch }) => (isWatch ? answer(410) : undefined), 8],
    [
      'every list and watch answered 500',
      ({ url, method }) => (method === 'GET' && url.includes('?') ? answer(500) : undefined),
      8,
    ],
    ['every request answered 429 with Retry-After', () => answer(429, { 'retry-after': '1' }), 8],
    [
      'every write answered 429 with a Retry-After that is too long to wait for',
      ({ method }) => (isWrite(method) ? answer(429, { 'retry-after': '60' }) : undefined),
      8,
    ],
    ['every write answered 500', ({ method }) => (isWrite(method) ? answer(500) : undefined), 12],
    [
      'every status write answered 404',
      ({ method, url }) => (isWrite(method) && url.includes('/status') ? answer(404) : undefined),
      6,
    ],
    ['every request answered 401', () => answer(401), 12],
    ['every request answered 403', () => answer(403), 12],
    ['every write cut off', ({ method }) => (isWrite(method) ? { type: 'cut' } : undefined), 12],
    ['every request cut off', () => ({ type: 'cut' }), 12],
    ['bursts of ten requests answered 500', bursts(answer(500), { pass: 3, spoil: 10 }), 20],
  ])('%s', async (_, rule, howOften) => {
    const story = await prepareStory();
    const log = (await operator.log()).length;
    let spoilt = 0;
    const end = spoil((request) => {
      const fault = rule(request);
      if (fault !== undefined) spoilt++;
      return fault;
    });
    proxy.cutWatches();
    await story.happen();
    await waitFor('enough trouble', () => spoilt >= howOften);
    end();
    await story.right();
    // Six credspecs and four informers; what is said of each is said once or twice.
    expect((await logSince(log)).length).toBeLessThan(60);
  });

  function answer(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
    const reason = code === 410 ? 'Expired' : 'InternalError';
    const body = { kind: 'Status', status: 'Failure', code, reason, message: 'spoilt' };
    return { type: 'answer', code, headers, body };
  }
});

describe('watches', () => {
  it('that are dropped over and over lose nothing', async () => {
    const story = await prepareStory();
    const happening = story.happen();
    for (let i = 0; i < 10; i++) {
      await waitFor('watches to drop', () => proxy.cutWatches() > 0);
    }
    await happening;
    await story.right();
  });
});

describe('a write that stays refused', () => {
  it('is told by condition and Event with what it was, while all else goes on, and made good later', async () => {
    const namespace = await createNamespace();
    const name = uniqueName('refused');
    const end = spoil(({ method, url }) =>
      isWrite(method) && url.includes('/rolebindings')
        ? {
            type: 'answer',
            code: 500,
            body: { kind: 'Status', code: 500, message: 'etcd is full' },
          }
        : undefined,
    );
    await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
    const condition = await cluster.condition(name, 'AccessGranted', {
      status: 'False',
      reason: 'WriteFailed',
    });
    expect(condition.message).toContain(`RoleBinding ${namespace}/gmsa-operator:${name}`);
    expect(condition.message).toContain('etcd is full');
    await cluster.condition(name, 'Ready', { status: 'False', reason: 'WriteFailed' });
    await waitFor('the Event', async () =>
      /Warning\s+WriteFailed.*etcd is full/.test(
        await cluster.kubectl('describe', 'gmsacredentialspec', name),
      ),
    );
    end();
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
  });

  it('for want of a permission names it, and goes through when that is granted', async () => {
    const role = await cluster.get<{ rules: { resources: string[]; verbs: string[] }[] }>(
      OPERATOR_ROLE,
    );
    const setRules = (rules: unknown) =>
      cluster.client.request({
        method: 'PATCH',
        path: OPERATOR_ROLE,
        contentType: 'application/merge-patch+json',
        body: { rules },
      });
    const namespace = await createNamespace();
    const name = uniqueName('forbidden');
    await setRules(
      role?.rules.flatMap((rule) =>
        rule.resources.includes('rolebindings')
          ? [
              { ...rule, resources: ['clusterroles'] },
              { ...rule, resources: ['rolebindings'], verbs: ['get', 'list', 'watch', 'delete'] },
            ]
          : [rule],
      ),
    );
    try {
      await waitFor('the permission to go', async () => {
        const { stdout } = await cluster.controlPlane.kubectl([
          ...['auth', 'can-i', 'create', 'rolebindings', `--namespace=${namespace}`],
          '--as=system:serviceaccount:gmsa-operator-system:gmsa-operator',
        ]);
        return stdout.startsWith('no');
      });
      await cluster.applyCredspec(name, { allowed: `${namespace}/web` });
      const { message } = await cluster.condition(name, 'AccessGranted', {
        status: 'False',
        reason: 'Forbidden',
      });
      expect(message).toContain(`RoleBinding ${namespace}/gmsa-operator:${name}`);
      expect(message).toMatch(/cannot create resource "rolebindings"/);
      await cluster.condition(name, 'Ready', { status: 'False', reason: 'Forbidden' });
      await waitFor('the Event', async () =>
        /Warning\s+Forbidden/.test(await cluster.kubectl('describe', 'gmsacredentialspec', name)),
      );
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(false);
    } finally {
      await setRules(role?.rules);
    }
    await cluster.condition(name, 'Ready', { status: 'True', reason: 'Ready' });
    expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
  });
});

function apiServerControl(): ControlPlane['control'] {
  const { control } = cluster.controlPlane;
  if (control === undefined) console.warn(NEEDS_OWN_API_SERVER);
  return control;
}

describe('an API server', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('that restarts after a %s', async (signal) => {
    const server = apiServerControl();
    if (server === undefined) return;
    const story = await prepareStory();
    const log = (await operator.log()).length;
    await server.stopApiServer(signal);
    await operator.logged('of the outage', ({ message }) =>
      message.includes('cannot list or watch'),
    );
    expect((await operator.readyz()).code).toBe(200);
    await server.startApiServer();
    await story.happen();
    await story.right();
    const said = (await logSince(log)).map(({ message }) => message);
    expect(said.filter((message) => message.includes('cannot list')).length).toBeLessThan(20);
  });

  it('that answers nothing for twenty seconds', async () => {
    const server = apiServerControl();
    if (server === undefined) return;
    const story = await prepareStory();
    const happening = story.happen();
    await server.pauseApiServer();
    // Nothing happens that could be waited for: that is the trouble.
    await delay(20_000);
    expect((await operator.readyz()).code).toBe(200);
    await server.resumeApiServer();
    await happening;
    await story.right();
  });
});

describe('a stop', () => {
  /** SIGTERM; a pod is given thirty seconds for it, and what serves must have gone from it by then. */
  async function stopsInTime(stopping: OperatorProcess): Promise<void> {
    const asked = performance.now();
    expect(await stopping.stop()).toBe('exit code 0');
    expect(performance.now() - asked).toBeLessThan(8_000);
  }

  it.each<[string, Fault]>([
    ['is refused', { type: 'cut' }],
    ['is not answered', { type: 'silence' }],
  ])('while every request %s is prompt and in order', async (_, fault) => {
    const story = await prepareStory();
    let spoilt = 0;
    const end = spoil(() => {
      spoilt++;
      return fault;
    });
    // The watches stay, so that there is something to write when it is told to stop.
    await story.happen();
    await waitFor('writes in flight', () => spoilt >= 3);
    await stopsInTime(operator);
    end();
    await operator.close();
    operator = await startHere();
    await story.right();
  });

  it.each<[string, Fault]>([
    ['is refused', { type: 'cut' }],
    ['is not answered', { type: 'silence' }],
  ])('while every request %s from the beginning is prompt and in order', async (_, fault) => {
    const end = spoil(() => fault);
    const early = await startOperator({ kubeconfig: proxy.kubeconfigPath });
    try {
      await waitFor(
        'it to say that it is not ready',
        async () => (await early.readyz()).code === 500,
      );
      await stopsInTime(early);
    } finally {
      end();
      await early.close();
    }
  });

  it('of a leader that can no longer say so is prompt and in order', async () => {
    const leader = await startOperator({ kubeconfig: proxy.kubeconfigPath });
    const lease = '/apis/coordination.k8s.io/v1/namespaces/gmsa-operator-system/leases/';
    try {
      await waitFor('the Lease', async () =>
        (await leader.metrics()).includes('master_status{name="gmsa-operator"} 1'),
      );
      const end = spoil(({ url }) => (url.startsWith(lease) ? { type: 'silence' } : undefined));
      await stopsInTime(leader);
      end();
    } finally {
      await leader.close();
    }
  });
});
