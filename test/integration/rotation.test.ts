// SPDX-License-Identifier: Apache-2.0
// CA and serving certificate are replaced again and again, and the leader with them, while pods are
// created: nobody notices. Certificates live for seconds here; the steps are those of certificates that
// live for months.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import type { PodLoad } from '../support/pod-load.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type AdmissionCluster,
  leaderOf,
  SHORT_ELECTION,
  startAdmissionCluster,
} from './admission-cluster.ts';
import { type LateApiServer, startLateApiServer } from './late-api-server.ts';

/** Renewed after 20 s and after 12 s. */
const VALIDITY = ['--ca-validity=30s', '--cert-validity=18s'];
const ARGS = [...VALIDITY, ...SHORT_ELECTION, '--shutdown-delay-duration=2s'];

const ROTATIONS = 10;
const PODS = 5_000;
const TIME_LIMIT_MS = 480_000;

/** Less than the 1.8 s that such certificates are held back for. */
const LATE_MS = 1_000;

/** The current CA, the one before, and, for a moment, the next. */
const LONGEST_BUNDLE = 3;

jest.setTimeout(TIME_LIMIT_MS + 60_000);

// An existing cluster may have no way to this machine.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('rotation under load, by two replicas', () => {
  let admission: AdmissionCluster;
  let replicas: OperatorReplicas;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    admission = await startAdmissionCluster();
    replicas = await admission.replicas();
  });

  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  afterAll(async () => {
    await replicas.close();
    await admission.stop();
  });

  function stoppable<T extends { stop: () => Promise<unknown> }>(load: T): T {
    stops.push(() => load.stop());
    return load;
  }

  it(
    `${ROTATIONS} CAs and ${ROTATIONS} serving certificates of each replica, ` +
      'a change of the leader in their midst, and not one pod refused',
    async () => {
      const pair = await Promise.all([replicas.startReplica(ARGS), replicas.startReplica(ARGS)]);
      const credspec = await admission.grant();
      const { cluster, service } = admission;
      const { client } = cluster;
      const ports = pair.map(({ port }) => port);
      const late = stoppable(startLateApiServer({ client, service, ports, lateMs: LATE_MS }));
      const pods = stoppable(admission.startGmsaPods(credspec, { concurrency: 8, pauseMs: 200 }));
      const others = stoppable(admission.startLinuxPods({ concurrency: 1, pauseMs: 200 }));
      await rotations(late, ROTATIONS / 2, [pods, others]);
      const stopped = await leaderOf(pair);
      const [stayed] = pair.filter((replica) => replica !== stopped);
      if (stayed === undefined) throw new Error('there are two');
      const replacement = await replicas.startReplica(ARGS);
      late.call([stayed.port, replacement.port]);
      expect(await replicas.stopReplica(stopped)).toBe('exit code 0');
      await leaderOf([stayed, replacement]);

      await rotations(late, ROTATIONS, [pods, others]);
      const done = await pods.stop();
      const linux = await others.stop();
      await late.stop();

      expect({
        gmsa: done.failures,
        linux: linux.failures,
        handshakes: late.failures(),
      }).toEqual({ gmsa: [], linux: [], handshakes: [] });
      expect(done.created).toBeGreaterThanOrEqual(PODS);
      const stored = { count: done.created + linux.created, withoutContents: [] };
      expect(await storedPods()).toEqual(stored);
      expect(late.longestBundle()).toBeLessThanOrEqual(LONGEST_BUNDLE);
      const leaves = ({ port }: OperatorReplica) => late.leaves(port).length;
      expect(leaves(stayed)).toBeGreaterThan(ROTATIONS);
      expect(leaves(stopped) + leaves(replacement)).toBeGreaterThan(ROTATIONS);
    },
  );

  /** Until so many CAs have followed the first one, or something has failed. */
  async function rotations(
    late: LateApiServer,
    count: number,
    loads: readonly PodLoad[],
  ): Promise<void> {
    await waitFor(
      `${count} rotations`,
      () =>
        late.authorities().length > count ||
        [late, ...loads].some((watched) => watched.failures().length > 0),
      { timeoutMs: TIME_LIMIT_MS / 2, everyMs: 200 },
    );
  }

  /** Counts the pods of the namespace, and names those that should have contents and have none. */
  async function storedPods() {
    let count = 0;
    const withoutContents: string[] = [];
    let next: string | undefined;
    do {
      const page: PodList = await admission.cluster.client.request({
        method: 'GET',
        path: `/api/v1/namespaces/${admission.namespace}/pods`,
        query: { limit: '500', continue: next },
      });
      for (const { metadata, spec } of page.items) {
        count++;
        const { windowsOptions } = spec.securityContext ?? {};
        if (windowsOptions !== undefined && windowsOptions.gmsaCredentialSpec === undefined) {
          withoutContents.push(metadata.name);
        }
      }
      next = page.metadata.continue;
    } while (next !== undefined && next !== '');
    return { count, withoutContents };
  }
});

interface PodList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly securityContext?: {
        readonly windowsOptions?: { readonly gmsaCredentialSpec?: string };
      };
    };
  }[];
}
