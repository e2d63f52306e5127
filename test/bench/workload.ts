// SPDX-License-Identifier: Apache-2.0
// What the bench fills a cluster with: credspecs, each allowed to one service account in each of
// three namespaces, the namespaces taken in turn.
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  API_VERSION,
  KIND,
  PLURAL,
} from '../../src/api/credspec.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { concurrently } from './concurrently.ts';

/** So many credspecs over so many namespaces. */
export interface Workload {
  readonly credspecs: number;
  readonly namespaces: number;
}

/** Writes that each credspec takes: ClusterRole, a RoleBinding for each namespace, status. */
export const WRITES_PER_CREDSPEC = 5;

/** Distances of a credspec's namespaces from its own number. */
const NAMESPACE_OFFSETS = [0, 1, 2];

/** More than the operator has in work: seeding is waited for, not measured. */
const SEED_CONCURRENCY = 16;

/** Name of the credspec with this number, from 0. */
export function credspecName(index: number): string {
  return `webapp-${String(index).padStart(5, '0')}`;
}

/** Name of the namespace with this number; numbers go round. */
export function namespaceName(index: number, { namespaces }: Workload): string {
  return `team-${String(index % namespaces).padStart(3, '0')}`;
}

/** The annotation that a credspec is seeded with. */
export function seededAnnotation(index: number, workload: Workload): string {
  return NAMESPACE_OFFSETS.map(
    (offset) => `${namespaceName(index + offset, workload)}/webapp`,
  ).join(', ');
}

/** A namespace that the seeded annotation of this credspec does not name. */
export function unusedNamespace(index: number, workload: Workload): string {
  return namespaceName(index + NAMESPACE_OFFSETS.length, workload);
}

/** Creates the workload's namespaces and credspecs. */
export async function seed(client: KubeClient, workload: Workload): Promise<void> {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  await concurrently(numbers(workload.namespaces), SEED_CONCURRENCY, (index) =>
    client.request({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespaceName(index, workload) },
      },
    }),
  );
  await concurrently(numbers(workload.credspecs), SEED_CONCURRENCY, (index) =>
    client.request({
      method: 'POST',
      path: `/apis/${API_VERSION}/${PLURAL}`,
      body: {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: {
          name: credspecName(index),
          annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: seededAnnotation(index, workload) },
        },
        credspec: WEBAPP1_CONTENTS,
      },
    }),
  );
}
