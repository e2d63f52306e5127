// SPDX-License-Identifier: Apache-2.0
// (g) Resident memory of a replica that leads and serves admission, while it is asked as much as it can be.
import type { AdmissionBench } from './admission-bench.ts';
import { usableCredspecs, windowsPod } from './bench-pod.ts';
import { giveLeaseBack } from './held-lease.ts';
import { processMemory, type ProcessMemory } from './machine.ts';
import type { AdmissionScale } from './options.ts';
import { CONCURRENCY } from './pod-rates.ts';
import { percentile } from './statistics.ts';
import { runStraightLoad } from './straight-load.ts';
import { timedLoad } from './timed-load.ts';

/** Memory in megabytes (10^6 bytes): the sample with the most of it, and the median of all. */
export interface MemoryUnderLoad extends ProcessMemory {
  readonly credspecs: number;
  readonly median: number;
  readonly samples: number;
}

const SAMPLE_INTERVAL_MS = 200;

/**
 * Lets the operator lead again, then loads it through the API server and straight, one after the other.
 * Nobody else may lead who would register himself.
 */
export async function measureMemoryUnderLoad(
  { bench, operator, registrar, ours, reviews, createPod }: AdmissionBench,
  { memorySeconds }: AdmissionScale,
): Promise<MemoryUnderLoad> {
  const { cluster, workload } = bench;
  const credspecs = usableCredspecs(workload);
  let next = 0;
  const createWindowsPod = (): Promise<unknown> =>
    createPod(windowsPod(credspecs[next++ % credspecs.length] ?? ''));
  await registrar.register([ours.registrations.Service], createWindowsPod);
  await giveLeaseBack(cluster.client, 'gmsa-operator-system', operator);

  const samples: ProcessMemory[] = [];
  const sampling = setInterval(() => {
    // A sample that cannot be had is that of a process that has ended: the load says so.
    processMemory(operator.pid).then(
      (memory) => samples.push(memory),
      () => undefined,
    );
  }, SAMPLE_INTERVAL_MS);
  try {
    await timedLoad({
      concurrency: CONCURRENCY,
      seconds: memorySeconds,
      work: createWindowsPod,
    });
    for (const path of ['/mutate', '/validate'] as const) {
      await runStraightLoad({
        arms: [{ target: ours.addresses.Service, request: reviews[path] }],
        connections: CONCURRENCY,
        warmUpSeconds: 0,
        seconds: memorySeconds,
      });
    }
  } finally {
    clearInterval(sampling);
  }
  const [most] = samples.toSorted((a, b) => b.resident - a.resident);
  if (most === undefined) throw new Error('the load was over before memory was looked at');
  const peak = (await processMemory(operator.pid)).peak;
  return {
    ...most,
    peak,
    credspecs: workload.credspecs,
    median: percentile(
      samples.map(({ resident }) => resident),
      50,
    ),
    samples: samples.length,
  };
}
