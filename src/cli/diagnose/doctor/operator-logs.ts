// SPDX-License-Identifier: Apache-2.0
// The ends of the logs of the operator's pods, for a support case.
import { ApiError, classifyError } from '../../../kube/client/api-error.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import { resourcePath } from '../../../kube/client/resource.ts';
import type { PodObject } from '../pod.ts';
import { type Reading, valueOr } from '../reading.ts';
import { PODS } from '../resources.ts';
import { shownMessage } from '../shown-message.ts';
import { mainContainer } from './operator-workload.ts';
import { redactLog } from './redact-log.ts';

/** The end of a log, or one line that says why it is not there. */
export interface OperatorLog {
  readonly pod: string;
  /** Of the container that ran before the one that runs. */
  readonly previous: boolean;
  readonly text: string;
}

/** What is kept of a log. */
export const MAX_LOG_BYTES = 256 * 1024;

/** What the kubelet is asked for: lines from the end, and bytes of these, which it counts from the first one. */
const TAIL_LINES = 2_000;
const LIMIT_BYTES = 16 * 1024 * 1024;

/** Who runs more replicas has the same to learn from these. */
const MAX_PODS = 10;

const TIMEOUT_MS = 20_000;

/** Reads them; the container of the operator alone, for others may log what they like. Never throws. */
export async function readOperatorLogs(
  client: KubeClient,
  pods: Reading<readonly PodObject[]>,
): Promise<readonly OperatorLog[]> {
  const wanted = valueOr(pods, [])
    .slice(0, MAX_PODS)
    .flatMap((pod) => {
      const { name: container = '' } =
        mainContainer(pod.spec.containers, pod.metadata.annotations) ?? {};
      const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
      const runs = (status?.restartCount ?? 0) > 0 ? [false, true] : [false];
      return runs.map((previous) => ({ pod, container, previous }));
    });
  return Promise.all(
    wanted.map(async (log) => ({
      pod: log.pod.metadata.name,
      previous: log.previous,
      text: await readLog(client, log).catch(whyNot),
    })),
  );
}

async function readLog(
  client: KubeClient,
  {
    pod: { metadata },
    container,
    previous,
  }: { readonly pod: PodObject; readonly container: string; readonly previous: boolean },
): Promise<string> {
  const { namespace, name } = metadata;
  let tail: Buffer = Buffer.alloc(0);
  // A log is an answer that comes in pieces, as a watch is.
  const chunks = client.watch({
    path: resourcePath(PODS, { namespace, name, subresource: 'log' }),
    query: {
      container,
      previous: String(previous),
      tailLines: String(TAIL_LINES),
      limitBytes: String(LIMIT_BYTES),
    },
    accept: '*/*',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    idleTimeoutMs: TIMEOUT_MS,
  });
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-MAX_LOG_BYTES);
  }
  const text = tail.toString('utf8');
  // From the first line that is whole.
  return redactLog(bytes > tail.length ? text.slice(text.indexOf('\n') + 1) : text);
}

function whyNot(error: unknown): string {
  const message = error instanceof ApiError ? error.status.message : undefined;
  const words = shownMessage(message ?? (error instanceof Error ? error.message : String(error)));
  return classifyError(error) === 'forbidden'
    ? `You may not read this log: ${words}\n`
    : `This log is not to be had: ${redactLog(words)}\n`;
}
