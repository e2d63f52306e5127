// SPDX-License-Identifier: Apache-2.0
// Events on a real API server: accepted by its validation, and found by kubectl describe.
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import {
  createEventRecorder,
  type EventRecord,
  type EventRecorder,
  type EventRecorderOptions,
} from '../../src/kube/events/event-recorder.ts';
import { createRecordingLogger } from '../../src/kube/testing/recording-logger.ts';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import {
  connectOrStartControlPlane,
  NEEDS_OWN_API_SERVER,
} from '../support/control-plane/existing-cluster.ts';
import { established } from '../support/established.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

/** For what stops the API server. */
const itOwnApiServer = process.env['USE_EXISTING_CLUSTER'] === 'true' ? it.skip : it;

const NAMESPACE = `events-${process.pid}`;
const GROUP = `g${process.pid}.example.com`;

interface StoredEvent {
  readonly metadata: {
    readonly name: string;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly note?: string;
}

let controlPlane: ControlPlane;
let restricted: string;
let admin: KubeClient;
const clients: KubeClient[] = [];
const recorders: EventRecorder[] = [];

beforeAll(async () => {
  controlPlane = await connectOrStartControlPlane();
  admin = await connect(controlPlane.kubeconfigPath);
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  });
  await established((...args) => kubectl(args.join(' ')), [`crd/widgets.${GROUP}`]);
  await kubectl(`create serviceaccount recorder -n ${NAMESPACE}`);
  restricted = await controlPlane.serviceAccountKubeconfig(NAMESPACE, 'recorder');
});

afterAll(async () => {
  await Promise.all(recorders.map((recorder) => recorder.drain()));
  await kubectl(`delete crd widgets.${GROUP} --wait=false`);
  await kubectl(`delete namespace ${NAMESPACE} --wait=false`);
  for (const client of clients) client.close();
  await controlPlane.stop();
});

async function kubectl(command: string, stdin?: string): Promise<string> {
  const { stdout, stderr, code } = await controlPlane.kubectl(
    command.split(' '),
    stdin === undefined ? {} : { stdin },
  );
  if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
  return stdout;
}

async function create(object: unknown): Promise<string> {
  const created = await kubectl('create -o json -f -', JSON.stringify(object));
  return (JSON.parse(created) as { metadata: { uid: string } }).metadata.uid;
}

async function connect(kubeconfig: string): Promise<KubeClient> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const client = await createKubeClient(kubeConfig, { userAgent: 'recorder/1' });
  clients.push(client);
  return client;
}

function startRecorder(options: Partial<EventRecorderOptions> = {}) {
  const log = createRecordingLogger();
  const recorder = createEventRecorder({
    client: admin,
    reportingController: 'gmsa-operator.io/operator',
    reportingInstance: 'pod-1_5a0f9b1c-0b5e-4a53-9d55-8d4d5c5f3b1e',
    fieldManager: 'test-manager',
    log,
    ...options,
  });
  recorders.push(recorder);
  return { recorder, log };
}

async function widget(name: string): Promise<EventRecord['regarding']> {
  const apiVersion = `${GROUP}/v1`;
  const uid = await create({ apiVersion, kind: 'Widget', metadata: { name } });
  return { apiVersion, kind: 'Widget', name, uid };
}

function about(
  regarding: EventRecord['regarding'],
  overrides: Partial<EventRecord> = {},
): EventRecord {
  return {
    regarding,
    type: 'Warning',
    reason: 'Conflict',
    action: 'Reconcile',
    note: 'ClusterRole "gmsa-operator:webapp1" exists and is not ours',
    ...overrides,
  };
}

async function events(
  { uid }: EventRecord['regarding'],
  namespace = 'default',
): Promise<readonly StoredEvent[]> {
  const { items } = await admin.request<{
    items: (StoredEvent & { regarding: { uid: string } })[];
  }>({ method: 'GET', path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events` });
  return items.filter(({ regarding }) => regarding.uid === uid);
}

describe('createEventRecorder', () => {
  it('shows an Event of a cluster-scoped object in kubectl describe, once', async () => {
    const { recorder } = startRecorder();
    const regarding = await widget('webapp1');
    recorder.record(about(regarding));
    await waitFor('the Event', async () => (await events(regarding)).length === 1);
    recorder.record(about(regarding));
    recorder.record(about(regarding, { type: 'Normal', reason: 'Ready', note: 'is ready' }));
    await waitFor('both Events', async () => (await events(regarding)).length === 2);
    const described = await kubectl(`describe widgets.${GROUP} webapp1`);
    const [, table = ''] = described.split('Events:');
    expect(table).toMatch(
      /Warning +Conflict +\S+ +gmsa-operator\.io\/operator.* +ClusterRole "gmsa-operator:webapp1" exists and is not ours/,
    );
    expect(table).toMatch(/Normal +Ready +\S+ +gmsa-operator\.io\/operator.* +is ready/);
    const [stored] = await events(regarding);
    expect(stored?.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['test-manager']);
  });

  it("shows an Event of a namespaced object in the object's namespace", async () => {
    const { recorder } = startRecorder();
    const metadata = { name: 'settings', namespace: NAMESPACE };
    const uid = await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    recorder.record(about({ apiVersion: 'v1', kind: 'ConfigMap', ...metadata, uid }));
    await waitFor('the Event in kubectl describe', async () =>
      /Warning +Conflict/.test(await kubectl(`describe configmap settings -n ${NAMESPACE}`)),
    );
  });

  it('has everything accepted, however long or odd', async () => {
    const { recorder, log } = startRecorder({ reportingInstance: 'x'.repeat(500) });
    const regarding = await widget(`${'x'.repeat(200)}.${'y'.repeat(52)}`);
    const odd = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', uid: 'odd' };
    recorder.record(about(regarding, { note: '😀'.repeat(1_000), reason: 'R'.repeat(500) }));
    recorder.record(about(regarding, { note: '', action: 'a'.repeat(500) }));
    recorder.record(about({ ...odd, name: 'gmsa-operator:Web.App.' }, { note: 'a\u0000\ud800\n' }));
    await waitFor(
      'the Events about the widget',
      async () => (await events(regarding)).length === 2,
    );
    await waitFor(
      'the Event about the ClusterRole',
      async () => (await events({ ...odd, name: '' })).length === 1,
    );
    const notes = (await events(regarding)).map(({ note = '' }) => Buffer.byteLength(note));
    expect(notes.sort()).toEqual([0, 1023]);
    expect(log.lines).toEqual([]);
  });

  it('needs no more than create on Events, and says so where it has not got them', async () => {
    const { recorder, log } = startRecorder({ client: await connect(restricted) });
    const regarding = await widget('forbidden');
    recorder.record(about(regarding));
    recorder.record(about(regarding, { note: 'another' }));
    await waitFor('a complaint', () => log.lines.length > 0);
    expect(log.lines[0]?.fields['hint']).toContain('create on events.events.k8s.io');
    expect(await events(regarding)).toEqual([]);

    const role = `recorder-${NAMESPACE}`;
    const resource = '--verb=create --resource=events.events.k8s.io';
    await kubectl(`create role ${role} -n default ${resource}`);
    const subject = `--serviceaccount=${NAMESPACE}:recorder`;
    await kubectl(`create rolebinding ${role} -n default --role=${role} ${subject}`);
    await waitFor('the Event', async () => {
      recorder.record(about(regarding));
      return (await events(regarding)).length === 1;
    });
    expect(log.lines).toHaveLength(1);
    await kubectl(`delete role,rolebinding ${role} -n default`);
  });

  itOwnApiServer('delivers what happened while the API server was away', async () => {
    const { control } = controlPlane;
    if (control === undefined) throw new Error(NEEDS_OWN_API_SERVER);
    const { recorder, log } = startRecorder();
    const regarding = await widget('outage');
    await control.stopApiServer('SIGKILL');
    recorder.record(about(regarding));
    await control.startApiServer();
    await waitFor('the Event', async () => (await events(regarding)).length === 1);
    expect(log.lines).toEqual([]);
  });
});
