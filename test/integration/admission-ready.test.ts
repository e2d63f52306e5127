// SPDX-License-Identifier: Apache-2.0
// The condition AdmissionReady: from real handshakes, slow to turn False, quick to turn True, and written
// no more often than that. Waiting is most of it, so two clusters are looked at side by side.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Condition } from '../../src/api/conditions.ts';
import type { CheckedKeyPair } from '../../src/pki/key-pair.ts';
import { newAuthority, newServing } from '../../src/pki/testing/certificates.ts';
import { freePort } from '../support/control-plane/free-port.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { uniqueName } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AdmissionCluster, startAdmissionCluster } from './admission-cluster.ts';
import { allowWrites, forbidWrites } from './operator-rights.ts';
import {
  readRegistrations,
  REGISTRATION_PATHS,
  writeRegistration,
} from './webhook-registrations.ts';
import {
  plantSecret,
  SERVICE_HOST,
  SERVING_SECRET,
  spoilSecret,
  tlsSecret,
} from './webhook-secrets.ts';

jest.setTimeout(180_000);

/** So long nothing is said. */
const PATIENCE_MS = 30_000;

/** From the first look at the trouble on. */
const TOLD_WITHIN_MS = PATIENCE_MS + 6_000;

const MENDED_WITHIN_MS = 5_000;

/** A write that was refused is tried again after 15 s at most. */
const ALLOWED_WITHIN_MS = 20_000;

const CREDSPECS = 5;

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('AdmissionReady', () => {
  let external: Stage;
  let selfManaged: Stage;
  let told: Readonly<Record<Scenario, Promise<Observation>>>;
  let flap: Promise<Flap>;

  beforeAll(async () => {
    [external, selfManaged] = await Promise.all([
      startStage(['--cert-mode=external'], async ({ cluster: { client } }) => {
        await plantSecret(client, SERVING_SECRET, await rightSecret());
      }),
      startStage([]),
    ]);
    flap = flapOf(external);
    const otherName = flap.then(() => withOtherName(external));
    const otherCa = otherName.then(() => withOtherCa(external));
    const nobody = withNobody(selfManaged);
    const forbidden = nobody.then(() => withoutRights(selfManaged));
    told = { otherName, otherCa, nobody, forbidden };
    // Each is awaited by its test; until then it is nobody's error.
    for (const each of [flap, ...Object.values(told)]) each.catch(() => undefined);
  });

  afterAll(async () => {
    // In order, for they must not be stopped while they wait.
    await Promise.allSettled([flap, ...Object.values(told)]);
    await Promise.all([external.stop(), selfManaged.stop()]);
  });

  it('is True when handshakes succeed, and a flap of some seconds rewrites nothing', async () => {
    const { before, after, statusWrites } = await flap;
    expect(before).toMatchObject({ status: 'True', reason: 'AdmissionReady' });
    expect(after).toEqual(before);
    expect(statusWrites).toBe(0);
  });

  it.each<readonly [Scenario, string, string, RegExp]>([
    [
      'otherName',
      'the certificate does not name the Service',
      'CertificateInvalid',
      /^The Secret gmsa-operator-system\/gmsa-operator-webhook-cert holds a certificate that does not name gmsa-operator-webhook\.gmsa-operator-system\.svc/,
    ],
    [
      'nobody',
      'nobody answers at the endpoints',
      'CertificateInvalid',
      /^No replica answers at the address of the admission webhooks: ECONNREFUSED\.$/,
    ],
    [
      'otherCa',
      'ca.crt has not signed the certificate',
      'CABundleMismatch',
      /holds a certificate that no CA of its "ca.crt" has signed/,
    ],
    [
      'forbidden',
      'a configuration is missing and may not be written',
      'WebhookConfigurationMissing',
      /mutatingwebhookconfigurations.* is forbidden/,
    ],
  ])(
    '%s: is False where %s, after 30 s and not before, and True soon after that is over',
    async (scenario, _, reason, message) => {
      const { toldAfterMs, condition, ready, mendedAfterMs, statusWrites } = await told[scenario];
      expect(condition).toMatchObject({ status: 'False', reason });
      expect(condition.message).toMatch(message);
      expect(ready).toMatchObject({ status: 'False', reason, message: condition.message });
      expect(toldAfterMs).toBeGreaterThanOrEqual(PATIENCE_MS);
      expect(toldAfterMs).toBeLessThan(TOLD_WITHIN_MS);
      expect(mendedAfterMs).toBeLessThan(
        scenario === 'forbidden' ? ALLOWED_WITHIN_MS : MENDED_WITHIN_MS,
      );
      // Each credspec once when it turned False, and once when it turned True.
      expect(statusWrites).toBe(2 * CREDSPECS);
    },
  );
});

type Scenario = 'forbidden' | 'nobody' | 'otherCa' | 'otherName';

/** A cluster with one replica, and credspecs that are ready. */
interface Stage {
  readonly admission: AdmissionCluster;
  readonly proxy: FaultProxy;
  readonly port: number;
  readonly credspecs: readonly string[];
  stop(): Promise<void>;
}

/** What was seen of trouble, from its beginning to its end. */
interface Observation {
  /** Milliseconds from the beginning of the trouble until the first credspec said so. */
  readonly toldAfterMs: number;
  readonly condition: Condition;
  readonly ready: Condition;
  /** Milliseconds from its end until every credspec said so. */
  readonly mendedAfterMs: number;
  readonly statusWrites: number;
}

interface Flap {
  readonly before: Condition;
  readonly after: Condition;
  readonly statusWrites: number;
}

async function startStage(
  args: readonly string[],
  prepare: (admission: AdmissionCluster) => Promise<void> = () => Promise.resolve(),
): Promise<Stage> {
  const admission = await startAdmissionCluster();
  const { controlPlane } = admission.cluster;
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  const proxy = await startFaultProxy(kubeconfig, dirname(kubeconfig));
  await prepare(admission);
  const port = await freePort();
  const operator = await startOperator({
    kubeconfig: proxy.kubeconfigPath,
    admission: { type: 'service', address: admission.service.address, port },
    args: ['--leader-elect=false', ...args],
  });
  await becomesReady(operator);
  await admission.service.setReplicas([{ port, ready: true }]);
  const credspecs: string[] = [];
  for (let i = 0; i < CREDSPECS; i++) credspecs.push(await admission.grant());
  return {
    admission,
    proxy,
    port,
    credspecs,
    async stop() {
      await operator.close();
      await proxy.stop();
      await admission.stop();
    },
  };
}

async function becomesReady(operator: OperatorProcess): Promise<void> {
  await waitFor('readiness', async () => (await operator.readyz()).code === 200);
}

const conditionOf = async (
  { admission: { cluster } }: Stage,
  credspec: string,
  type: string,
): Promise<Condition> => {
  const { status } = await cluster.credspec(credspec);
  const condition = status?.conditions?.find((candidate) => candidate.type === type);
  if (condition === undefined) throw new Error(`credspec ${credspec} has no condition ${type}`);
  return condition;
};

async function observe(
  stage: Stage,
  trouble: () => Promise<unknown>,
  mend: () => Promise<unknown>,
): Promise<Observation> {
  const { credspecs } = stage;
  const writesBefore = statusWrites(stage);
  const all = async (status: string): Promise<boolean> => {
    const conditions = await Promise.all(
      credspecs.map((name) => conditionOf(stage, name, 'AdmissionReady')),
    );
    return conditions.every((condition) => condition.status === status);
  };
  const [first = ''] = credspecs;
  const beginMs = performance.now();
  await trouble();
  await waitFor(
    'AdmissionReady=False',
    async () => (await conditionOf(stage, first, 'AdmissionReady')).status === 'False',
    { timeoutMs: 2 * PATIENCE_MS, everyMs: 100 },
  );
  const toldAfterMs = performance.now() - beginMs;
  await waitFor('all to say so', () => all('False'));
  const condition = await conditionOf(stage, first, 'AdmissionReady');
  const ready = await conditionOf(stage, first, 'Ready');
  const endMs = performance.now();
  await mend();
  await waitFor('AdmissionReady=True', () => all('True'), {
    timeoutMs: PATIENCE_MS,
    everyMs: 100,
  });
  return {
    toldAfterMs,
    condition,
    ready,
    mendedAfterMs: performance.now() - endMs,
    statusWrites: statusWrites(stage) - writesBefore,
  };
}

function statusWrites({ proxy }: Stage): number {
  return proxy.writes().filter(({ url }) => url.includes('/status')).length;
}

/** Looks at the endpoints until now. */
function looks({ proxy }: Stage): number {
  return proxy.requests.filter(({ url }) => url.includes('/endpointslices')).length;
}

/** The endpoints of the Service are not watched; whatever happens to a configuration is. */
async function wake({ admission: { cluster } }: Stage): Promise<void> {
  await writeRegistration(cluster.client, 'validating', ({ metadata, ...live }) => ({
    ...live,
    metadata: { ...metadata, labels: { ...metadata.labels, note: uniqueName('note') } },
  }));
}

async function nobodyAnswers(stage: Stage): Promise<void> {
  await stage.admission.service.setReplicas([{ port: await freePort(), ready: true }]);
  await wake(stage);
}

async function replicaAnswers(stage: Stage): Promise<void> {
  await stage.admission.service.setReplicas([{ port: stage.port, ready: true }]);
}

async function flapOf(stage: Stage): Promise<Flap> {
  const [first = ''] = stage.credspecs;
  const before = await conditionOf(stage, first, 'AdmissionReady');
  const writesBefore = statusWrites(stage);
  for (let i = 0; i < 2; i++) {
    const start = looks(stage);
    await nobodyAnswers(stage);
    // The second follows the first so soon only where that has shown trouble.
    await waitFor('two looks', () => looks(stage) >= start + 2, { timeoutMs: 10_000 });
    await replicaAnswers(stage);
    const mended = looks(stage);
    await waitFor('a look', () => looks(stage) > mended);
  }
  return {
    before,
    after: await conditionOf(stage, first, 'AdmissionReady'),
    statusWrites: statusWrites(stage) - writesBefore,
  };
}

function withNobody(stage: Stage): Promise<Observation> {
  return observe(
    stage,
    () => nobodyAnswers(stage),
    () => replicaAnswers(stage),
  );
}

async function withOtherName(stage: Stage): Promise<Observation> {
  const other = await newPair('webhook.elsewhere.svc');
  return withSecret(stage, tlsSecret(other.leaf, [other.ca.leaf]));
}

async function withOtherCa(stage: Stage): Promise<Observation> {
  const [pair, other] = [await newPair(SERVICE_HOST), await newPair(SERVICE_HOST)];
  return withSecret(stage, tlsSecret(pair.leaf, [other.ca.leaf]));
}

function withSecret(stage: Stage, secret: Parameters<typeof spoilSecret>[2]): Promise<Observation> {
  const { client } = stage.admission.cluster;
  return observe(
    stage,
    () => spoilSecret(client, SERVING_SECRET, secret),
    async () => spoilSecret(client, SERVING_SECRET, await rightSecret()),
  );
}

async function withoutRights(stage: Stage): Promise<Observation> {
  const { cluster } = stage.admission;
  await forbidWrites(cluster, 'mutatingwebhookconfigurations', 'gmsa-operator');
  const observation = await observe(
    stage,
    () => cluster.client.request({ method: 'DELETE', path: REGISTRATION_PATHS.mutating }),
    () => allowWrites(cluster),
  );
  expect(await readRegistrations(cluster.client)).toHaveLength(2);
  return observation;
}

async function newPair(
  dnsName: string,
): Promise<{ readonly ca: CheckedKeyPair; readonly leaf: CheckedKeyPair }> {
  const now = new Date();
  const ca = await newAuthority({ now });
  return { ca, leaf: await newServing(ca, { now, dnsNames: [dnsName], ipAddresses: [] }) };
}

async function rightSecret() {
  const { ca, leaf } = await newPair(SERVICE_HOST);
  return tlsSecret(leaf, [ca.leaf]);
}
