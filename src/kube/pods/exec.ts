// SPDX-License-Identifier: Apache-2.0
// Runs a program in a container, as `kubectl exec` does: through the API server, which speaks to the
// kubelet. WebSocket with the subprotocol v5.channel.k8s.io (KEP-4006), or v4 on servers before 1.30:
// the first byte of each message says which stream it belongs to. No stdin, no terminal.
import type { KubeConfig } from '@kubernetes/client-node';
import type { ApiStatus } from '../client/api-error.ts';
import { parseStatus } from '../client/client.ts';
import { connectToPod, createCollector, type PodSocketTarget } from './pod-socket.ts';

/** What to run, and where. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
}

/** What came of it. */
export type ExecResult =
  | {
      readonly type: 'ran';
      /** The first 64 KiB. */
      readonly stdout: string;
      readonly stderr: string;
      readonly exitCode: number;
    }
  /** The program is not there, or the kubelet was not reached; in the words of whoever says so. */
  | { readonly type: 'not-started'; readonly message: string }
  /** The connection broke before the program ended. */
  | { readonly type: 'cut-off' }
  | { readonly type: 'timed-out' };

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** The streams, by the byte that they are told by. */
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** The status may overtake the last of the output by a moment. */
const GRACE_MS = 2_000;

/**
 * Runs a program to its end.
 * @throws ApiError where the API server refuses: 403 without the right to pods/exec, 404, 400 for a
 * container that there is not, 5xx where a server before 1.30 does not reach the kubelet. Error where the
 * connection cannot be had.
 */
export async function execInPod(kubeConfig: KubeConfig, request: ExecRequest): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const output = {
    [STDOUT]: createCollector(),
    [STDERR]: createCollector(),
    [STATUS]: createCollector(),
  } as const;

  const { namespace, pod, container, command } = request;
  const target: PodSocketTarget = {
    namespace,
    pod,
    subresource: 'exec',
    query: [
      ['container', container],
      ['stdout', 'true'],
      ['stderr', 'true'],
      ...command.map((word) => ['command', word] as const),
    ],
    protocols: PROTOCOLS,
  };
  const socket = await connectToPod(kubeConfig, target, reject);
  const timer = setTimeout(() => {
    resolve({ type: 'timed-out' });
    socket.terminate();
  }, request.timeoutMs);
  let grace: NodeJS.Timeout | undefined;

  socket.on('message', (data: Buffer) => {
    const stream = data[0];
    if (stream !== STDOUT && stream !== STDERR && stream !== STATUS) return;
    output[stream].add(data.subarray(1));
    if (stream === STATUS)
      grace = setTimeout(() => {
        socket.terminate();
      }, GRACE_MS);
  });
  socket.on('close', () => {
    const status = output[STATUS].text();
    if (status === '') {
      resolve({ type: 'cut-off' });
      return;
    }
    resolve(execResult(parseStatus(status), output[STDOUT].text(), output[STDERR].text()));
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
  }
}

/**
 * What a program came to, by the `metav1.Status` at its end: `Success`, or `Failure` with the exit code
 * among its causes; without one it never ran.
 */
export function execResult(
  status: ApiStatus & { readonly status?: string },
  stdout: string,
  stderr: string,
): ExecResult {
  if (status.status === 'Success') return { type: 'ran', stdout, stderr, exitCode: 0 };
  const causes = status.details?.causes ?? [];
  const exitCode = causes.find(({ reason }) => reason === 'ExitCode')?.message;
  return exitCode === undefined
    ? { type: 'not-started', message: status.message ?? 'no reason is given' }
    : { type: 'ran', stdout, stderr, exitCode: Number(exitCode) };
}
