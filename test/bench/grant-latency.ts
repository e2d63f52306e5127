// SPDX-License-Identifier: Apache-2.0
// (b) One annotation changes: how long until the access is there, is gone, and is told in status.
import { setTimeout as delay } from 'node:timers/promises';
import { allowedAnnotationHash } from '../../src/api/allowed-service-accounts.ts';
import { API_VERSION, type CredspecStatus, PLURAL } from '../../src/api/credspec.ts';
import { roleBindingName } from '../../src/api/generated-names.ts';
import { roleBindingKind } from '../../src/controller/access/rbac-kinds.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import type { WatchEvent } from '../../src/kube/informer/watch-events.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { openObjectWatch } from './object-watch.ts';
import { summarize, type Summary } from './statistics.ts';
import { credspecName, seededAnnotation, unusedNamespace } from './workload.ts';

/** Times in milliseconds from the moment that the user's PATCH is sent. */
export interface GrantLatency {
  /** An entry for another namespace: until its RoleBinding is there. */
  readonly grant: Summary;
  /** That entry removed: until the RoleBinding is gone. */
  readonly revoke: Summary;
  /** Either: until `status.observedAnnotationHash` says that it is in force. */
  readonly status: Summary;
  /** Of which the user's own PATCH took until it was answered. */
  readonly patch: Summary;
}

/**
 * Rest before each grant, up to twice as long at random. The API server's escalation check reads
 * consistently from its watch cache, which asks etcd for its progress every 100 ms at most: a grant
 * within 100 ms of another waits for the rest of them, whoever wrote that.
 */
const REST_MS = 150;

/** Changes one credspec after the other, there and back. */
export async function measureGrantLatency(
  { cluster, workload }: BenchCluster,
  samples: number,
): Promise<GrantLatency> {
  const bindings = await openObjectWatch(cluster.client, resourcePath(roleBindingKind.resource));
  const credspecs = await openObjectWatch(cluster.client, `/apis/${API_VERSION}/${PLURAL}`);
  const times = { grant: [], revoke: [], status: [], patch: [] } as Record<
    keyof GrantLatency,
    number[]
  >;

  async function change(
    kind: 'grant' | 'revoke',
    target: { readonly credspec: string; readonly namespace: string; readonly annotation: string },
  ): Promise<void> {
    const binding = { name: roleBindingName(target.credspec), namespace: target.namespace };
    const hash = allowedAnnotationHash(target.annotation);
    const type = kind === 'grant' ? 'ADDED' : 'DELETED';
    const bound = bindings.seen(`RoleBinding ${type}`, (event) => isEvent(event, type, binding));
    const told = credspecs.seen('observedAnnotationHash', ({ object }) => {
      const { status } = object as { readonly status?: CredspecStatus };
      return object.metadata.name === target.credspec && status?.observedAnnotationHash === hash;
    });
    const sent = performance.now();
    const answered = cluster
      .allow(target.credspec, target.annotation)
      .then(() => performance.now());
    const [boundAt, toldAt, answeredAt] = await Promise.all([bound, told, answered]);
    times[kind].push(boundAt - sent);
    times.status.push(toldAt - sent);
    times.patch.push(answeredAt - sent);
  }

  try {
    for (let sample = 0; sample < samples; sample++) {
      const index = (sample * 7) % workload.credspecs;
      const credspec = credspecName(index);
      const namespace = unusedNamespace(index, workload);
      const seeded = seededAnnotation(index, workload);
      const annotation = `${seeded}, ${namespace}/webapp`;
      await delay(REST_MS * (1 + Math.random()));
      await change('grant', { credspec, namespace, annotation });
      await change('revoke', { credspec, namespace, annotation: seeded });
    }
  } finally {
    bindings.close();
    credspecs.close();
  }
  return {
    grant: summarize(times.grant),
    revoke: summarize(times.revoke),
    status: summarize(times.status),
    patch: summarize(times.patch),
  };
}

function isEvent(
  event: WatchEvent,
  type: WatchEvent['type'],
  { name, namespace }: { readonly name: string; readonly namespace: string },
): boolean {
  const { metadata } = event.object;
  return event.type === type && metadata.name === name && metadata.namespace === namespace;
}
