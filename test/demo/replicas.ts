// SPDX-License-Identifier: Apache-2.0
// The operator in two replicas, and what they say.
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient, type KubeClient } from '../../src/kube/client/client.ts';
import type { ControlPlane } from '../support/control-plane/control-plane.ts';
import type { LogLine } from '../support/operator-process.ts';
import {
  createOperatorReplicas,
  type OperatorReplica,
  type OperatorReplicas,
} from '../support/operator-replicas.ts';
import { createWebhookService } from '../support/webhook-service.ts';

/** The operator of the demo: two replicas behind a Service, or none. */
export interface DemoOperator {
  readonly processIds: () => readonly number[];
  start(): Promise<void>;
  /** Stops them as a cluster does, with SIGTERM. */
  stop(): Promise<void>;
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

/** Shorter than by default, for nobody wants to watch it. */
const ARGS = ['--shutdown-delay-duration=500ms'];

/** An operator with the token of its own service account, as config/rbac has it; not started yet. */
export function createDemoOperator(controlPlane: ControlPlane): DemoOperator {
  let service: { readonly client: KubeClient; readonly replicas: OperatorReplicas } | undefined;
  let running: (readonly [name: string, operator: OperatorReplica])[] = [];

  /** What the Service of config/webhook is in a cluster, with processes in place of pods. */
  async function connect() {
    if (service !== undefined) return service;
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(controlPlane.kubeconfigPath);
    const client = await createKubeClient(kubeConfig, { userAgent: 'gmsa-operator-demo' });
    const replicas = createOperatorReplicas({
      service: await createWebhookService(client),
      kubeconfig: await controlPlane.serviceAccountKubeconfig(
        'gmsa-operator-system',
        'gmsa-operator',
      ),
    });
    service = { client, replicas };
    return service;
  }

  return {
    processIds: () => running.map(([, { pid }]) => pid),
    async start() {
      const { replicas } = await connect();
      const started = await Promise.all(NAMES.map(() => replicas.startReplica(ARGS)));
      running = NAMES.flatMap((name, i) => {
        const replica = started[i];
        return replica === undefined ? [] : [[name, replica] as const];
      });
    },
    async stop() {
      const { replicas } = await connect();
      await Promise.all(running.map(([, replica]) => replicas.stopReplica(replica)));
      running = [];
    },
    async areReady() {
      const answers = await Promise.all(running.map(([, operator]) => operator.readyz()));
      return answers.every(({ code }) => code === 200);
    },
    async lastWords(count) {
      const words: string[] = [];
      for (const [name, operator] of running) {
        const lines = (await operator.log()).slice(-count);
        words.push(...lines.map((line) => describe(name, line)));
      }
      return words;
    },
    async follow(tell, signal) {
      const told = new Map<string, number>();
      for (const [name, operator] of running) {
        told.set(name, (await operator.log()).length);
        void operator.exited.then((reason) => {
          if (!signal.aborted) tell(`${name} has ended (${reason})`);
        });
      }
      while (!signal.aborted) {
        for (const [name, operator] of running) {
          const log = await operator.log();
          for (const line of log.slice(told.get(name))) tell(describe(name, line));
          told.set(name, log.length);
        }
        await delay(FOLLOW_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    async close() {
      await service?.replicas.close();
      service?.client.close();
    },
  };
}

function describe(name: string, { level, message, credspec, error }: LogLine): string {
  const about = credspec === undefined ? '' : ` ${credspec}:`;
  const why = error === undefined ? '' : ` (${error})`;
  return `${name} ${level}${about} ${message}${why}`;
}
