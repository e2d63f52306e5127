// SPDX-License-Identifier: Apache-2.0
// (a) Cold start: the writes that give every credspec its access, by the operator and by the bare
// loop, both timed by the API server's audit log.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type GMSACredentialSpec, PLURAL } from '../../src/api/credspec.ts';
import { openSupervisor } from '../support/control-plane/supervised.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { credspecPath } from '../support/test-cluster.ts';
import type { AuditedWrite } from './audit-log.ts';
import type { BenchCluster, Writer } from './bench-cluster.ts';
import { processTimes } from './machine.ts';
import { startBenchOperator } from './bench-operator.ts';
import type { OperatorSetup } from './options.ts';
import { WRITES_PER_CREDSPEC } from './workload.ts';

/** One cold start. */
export interface ColdStart {
  readonly who: 'bare loop' | 'operator';
  readonly credspecs: number;
  readonly namespaces: number;
  /** Writes that are needed, and that succeeded. */
  readonly count: number;
  /** Writes that succeeded beyond those, the Lease's aside: none, or somebody writes twice. */
  readonly surplus: number;
  /** Writes that were refused. */
  readonly refused: number;
  /** From the arrival of the first write to the answer of the last. */
  readonly seconds: number;
  /** From the start of the process to the answer of the last write. */
  readonly secondsFromProcessStart: number;
  /** Writes that the API server had in work, on average. The rest of the workers was not waiting. */
  readonly inFlight: number;
  /** Processor time of the process, its start included. */
  readonly cpuSeconds: number;
}

/** Longest time that a cold start may take per credspec before it counts as stuck. */
const PATIENCE_MS_PER_CREDSPEC = 300;
const POLL_INTERVAL_MS = 100;

const BARE_LOOP = fileURLToPath(new URL('bare-loop.ts', import.meta.url));

/** Starts the operator and resolves when every credspec is Ready; it goes on running. */
export async function coldStartOfOperator(
  bench: BenchCluster,
  setup: OperatorSetup,
): Promise<{ readonly coldStart: ColdStart; readonly operator: OperatorProcess }> {
  const operator = await startBenchOperator(bench, setup);
  try {
    const { startedMs } = await processTimes(operator.pid);
    const writes = await statusesWritten(bench, bench.operator, operator.exited);
    const { cpuSeconds } = await processTimes(operator.pid);
    await assertAllReady(bench);
    const times = { who: 'operator', startedMs, cpuSeconds } as const;
    return { coldStart: summarizeWrites(bench, writes, times), operator };
  } catch (error) {
    const lines = (await operator.log()).slice(-10).map((line) => JSON.stringify(line));
    await operator.close();
    throw new Error(['cold start of the operator; its last lines:', ...lines].join('\n'), {
      cause: error,
    });
  }
}

/** Runs the bare loop to its end. */
export async function coldStartOfBareLoop(
  bench: BenchCluster,
  { maxConcurrentReconciles }: OperatorSetup,
): Promise<ColdStart> {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-bare-loop-'));
  const supervisor = openSupervisor(directory);
  try {
    const logFile = join(directory, 'bare-loop.log');
    const child = await supervisor.spawn({
      file: process.execPath,
      args: [BARE_LOOP, bench.bareLoop.kubeconfig, String(maxConcurrentReconciles)],
      cwd: directory,
      logFile,
      env: { NODE_OPTIONS: '' },
    });
    const { startedMs } = await processTimes(child.pid);
    const failed = child.exited.then(async (reason) =>
      reason === 'exit code 0' ? undefined : `${reason}: ${await readFile(logFile, 'utf8')}`,
    );
    const writes = await statusesWritten(bench, bench.bareLoop, failed);
    await child.whenExited();
    await assertAllReady(bench);
    const cpuSeconds = Number(await readFile(logFile, 'utf8'));
    return summarizeWrites(bench, writes, { who: 'bare loop', startedMs, cpuSeconds });
  } finally {
    await supervisor.close();
  }
}

/** Polls the audit log, which asks nothing of anybody that is measured. */
async function statusesWritten(
  { workload }: BenchCluster,
  writer: Writer,
  ended: Promise<string | undefined>,
): Promise<readonly AuditedWrite[]> {
  const deadline = performance.now() + 30_000 + workload.credspecs * PATIENCE_MS_PER_CREDSPEC;
  let reason: string | undefined;
  void ended.then((why) => (reason = why));
  for (;;) {
    const writes = (await writer.writes()).filter(({ resource }) => resource !== 'leases');
    const done = new Set(
      writes
        .filter((write) => write.resource === `${PLURAL}/status` && isSuccess(write))
        .map(({ name }) => name),
    );
    if (done.size === workload.credspecs) return writes;
    const progress = `${done.size} of ${workload.credspecs} statuses were written`;
    if (reason !== undefined) throw new Error(`${progress}, then it ended: ${reason}`);
    if (performance.now() > deadline) throw new Error(`${progress}, then the time was up`);
    await delay(POLL_INTERVAL_MS);
  }
}

/** @throws Error that names some of the credspecs that are not Ready in all of their namespaces. */
export async function assertAllReady({ cluster, workload }: BenchCluster): Promise<void> {
  const { items } = await cluster.client.request<{ readonly items: GMSACredentialSpec[] }>({
    method: 'GET',
    path: credspecPath('').replace(/\/$/, ''),
  });
  const bad = items.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const asWanted = ready?.status === 'True' && status?.bindings?.length === 3;
    return asWanted ? [] : [`${metadata.name}: ${ready?.reason ?? 'no condition Ready'}`];
  });
  if (items.length !== workload.credspecs || bad.length > 0) {
    throw new Error(
      `${bad.length} of ${items.length} credspecs are not Ready in three namespaces: ${bad.slice(0, 5).join(', ')}`,
    );
  }
}

function summarizeWrites(
  { workload }: BenchCluster,
  writes: readonly AuditedWrite[],
  { startedMs, ...rest }: Pick<ColdStart, 'cpuSeconds' | 'who'> & { readonly startedMs: number },
): ColdStart {
  const needed = workload.credspecs * WRITES_PER_CREDSPEC;
  const succeeded = writes.filter(isSuccess).length;
  if (succeeded < needed) {
    throw new Error(`${rest.who}: ${succeeded} writes succeeded where ${needed} are needed`);
  }
  const first = writes.reduce((min, { receivedMs }) => Math.min(min, receivedMs), Infinity);
  const last = writes.reduce((max, { completedMs }) => Math.max(max, completedMs), 0);
  const answering = writes.reduce((sum, write) => sum + write.completedMs - write.receivedMs, 0);
  return {
    ...rest,
    ...workload,
    count: needed,
    surplus: succeeded - needed,
    refused: writes.length - succeeded,
    seconds: (last - first) / 1000,
    inFlight: answering / (last - first),
    secondsFromProcessStart: (last - startedMs) / 1000,
  };
}

const isSuccess = ({ code }: AuditedWrite): boolean => code >= 200 && code < 300;
