// SPDX-License-Identifier: Apache-2.0
// The operator in two replicas, and what they say.
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import { type LogLine, type OperatorProcess, startOperator } from '../support/operator-process.ts';

/** Two running replicas. */
export interface Replicas {
  readonly processIds: readonly number[];
  /** Whether each answers its readiness probe with `ok`. */
  areReady(): Promise<boolean>;
  /** The last lines of each log. */
  lastWords(count: number): Promise<readonly string[]>;
  /** Tells every line that is logged from now on, until `signal` is aborted. */
  follow(tell: (line: string) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const NAMES = ['replica 1', 'replica 2'] as const;

const FOLLOW_INTERVAL_MS = 300;

/** Starts the replicas as config/rbac has them: with the token of their own service account. */
export async function startReplicas(controlPlane: ControlPlane): Promise<Replicas> {
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  const replicas: (readonly [name: string, operator: OperatorProcess])[] = [];
  for (const name of NAMES) replicas.push([name, await startOperator({ kubeconfig })]);

  return {
    processIds: replicas.map(([, { pid }]) => pid),
    async areReady() {
      const answers = await Promise.all(replicas.map(([, operator]) => operator.readyz()));
      return answers.every(({ code }) => code === 200);
    },
    async lastWords(count) {
      const words: string[] = [];
      for (const [name, operator] of replicas) {
        const lines = (await operator.log()).slice(-count);
        words.push(...lines.map((line) => describe(name, line)));
      }
      return words;
    },
    async follow(tell, signal) {
      const told = new Map<string, number>();
      for (const [name, operator] of replicas) {
        told.set(name, (await operator.log()).length);
        void operator.exited.then((reason) => {
          if (!signal.aborted) tell(`${name} has ended (${reason})`);
        });
      }
      while (!signal.aborted) {
        for (const [name, operator] of replicas) {
          const log = await operator.log();
          for (const line of log.slice(told.get(name))) tell(describe(name, line));
          told.set(name, log.length);
        }
        await delay(FOLLOW_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    async close() {
      await Promise.all(replicas.map(([, operator]) => operator.close()));
    },
  };
}

function describe(name: string, { level, message, credspec, error }: LogLine): string {
  const about = credspec === undefined ? '' : ` ${credspec}:`;
  const why = error === undefined ? '' : ` (${error})`;
  return `${name} ${level}${about} ${message}${why}`;
}
