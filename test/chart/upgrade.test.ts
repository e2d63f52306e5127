// SPDX-License-Identifier: Apache-2.0
// A release is upgraded, changed and rolled back while pods are created: its objects at once, its replicas
// one after the other, as the Deployment's strategy has it.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { createServiceAccount } from '../support/gmsa-pod.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import { CHART, NAMESPACE as OPERATOR_NAMESPACE, objectNamed, RELEASE } from './helm.ts';
import { type Installation, startInstallation } from './installation.ts';
import { type PodCreations, startPodCreations } from './pod-creations.ts';

jest.setTimeout(180_000);

const PODS = 2_000;
const NAMESPACE = 'shop';
const CREDSPECS = ['webapp1', 'webapp2'];
const OLDER = '0.0.1';

const SUCCEEDED = { code: 0, stderr: '' };

/** A replica, and those with whom it was started. */
interface Running {
  readonly replica: OperatorReplica;
  readonly replicas: OperatorReplicas;
}

let installation: Installation;
let creations: PodCreations;
let running: readonly Running[] = [];
/** In the order in which they began; ended the other way round. */
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-upgrade-'));
  ends.push(() => rm(directory, { recursive: true }));
  installation = await startInstallation();
  ends.push(() => installation.stop());
  const { cluster, helm } = installation;
  const older = await olderChart(join(directory, 'chart'));
  const where = ['--namespace', OPERATOR_NAMESPACE, '--create-namespace'];
  expect(await helm.run(['install', RELEASE, older, ...where])).toMatchObject(SUCCEEDED);
  const replicas = await installation.replicas();
  const pair = await Promise.all([replicas.startReplica(), replicas.startReplica()]);
  running = pair.map((replica) => ({ replica, replicas }));

  await cluster.kubectl('create', 'namespace', NAMESPACE);
  await createServiceAccount(cluster.client, NAMESPACE);
  for (const credspec of CREDSPECS) {
    await cluster.applyCredspec(credspec, { allowed: `${NAMESPACE}/default` });
    await cluster.condition(credspec, 'Ready', { status: 'True' });
  }
  creations = startPodCreations(cluster, { namespace: NAMESPACE, credspecs: CREDSPECS });
  ends.push(() => creations.stop());
  await creations.more(100);
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** There is no older one: the chart of today under another version, which is in the labels of all objects. */
async function olderChart(directory: string): Promise<string> {
  await cp(CHART, directory, { recursive: true });
  const file = join(directory, 'Chart.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll(packageJson.version, OLDER));
  return directory;
}

/** With what the Deployment says now: one more replica, and when that is ready, one less of before. */
async function rollOut(): Promise<void> {
  const { spec } = await installation.deployment();
  expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  const replicas = await installation.replicas();
  const next: Running[] = [];
  const stopping: Promise<string>[] = [];
  for (const old of running) {
    next.push({ replica: await replicas.startReplica(), replicas });
    stopping.push(old.replicas.stopReplica(old.replica));
  }
  running = next;
  expect(await Promise.all(stopping)).toEqual(['exit code 0', 'exit code 0']);
  await creations.more(50);
}

async function versionLabel(): Promise<string | undefined> {
  const { metadata } = await installation.deployment();
  return metadata.labels?.['app.kubernetes.io/version'];
}

it('calls each replica on its own port, which an upgrade may change', async () => {
  // The replicas of these tests are listed by the tests themselves, whatever the Service says.
  const objects = await installation.helm.render({ admission: { port: 10443 } });
  const port = { name: 'webhooks', containerPort: 10443, protocol: 'TCP' };
  expect(objectNamed(objects, `Deployment ${OPERATOR_NAMESPACE}/${RELEASE}`)).toMatchObject({
    spec: { template: { spec: { containers: [{ ports: expect.arrayContaining([port]) }] } } },
  });
  const service = objectNamed(objects, `Service ${OPERATOR_NAMESPACE}/${RELEASE}-webhook`);
  expect(service).toMatchObject({ spec: { ports: [{ targetPort: 'webhooks' }] } });
});

describe('with pods created throughout, a release', () => {
  it('is upgraded to this version', async () => {
    expect(await versionLabel()).toBe(OLDER);
    expect(await installation.upgrade()).toMatchObject(SUCCEEDED);
    expect(await versionLabel()).toBe(packageJson.version);
    await rollOut();
  });

  it('is given other values, of its certificates, too', async () => {
    const values = {
      admission: {
        authorizationCacheTtl: '0s',
        certificates: { validity: '24h', caValidity: '240h' },
      },
      shutdownDelaySeconds: 2,
      logLevel: 'debug',
    };
    expect(await installation.upgrade(values)).toMatchObject(SUCCEEDED);
    await rollOut();
  });

  it('is rolled back to what it was at first', async () => {
    const { helm } = installation;
    const result = await helm.run(['rollback', RELEASE, '1', '--namespace', OPERATOR_NAMESPACE]);
    expect(result).toMatchObject(SUCCEEDED);
    expect(await versionLabel()).toBe(OLDER);
    await rollOut();
  });

  it(`sees ${String(PODS)} pods and more meanwhile, and none is refused`, async () => {
    const { gmsaPods, otherPods, failures, withoutContents } = await creations.finish(PODS);
    expect({ failures, withoutContents }).toEqual({ failures: [], withoutContents: [] });
    expect(gmsaPods).toBeGreaterThanOrEqual(PODS);
    console.info(
      `${String(gmsaPods)} pods with a GMSA and ${String(otherPods)} others, none refused`,
    );
  });
});
