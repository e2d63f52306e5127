// SPDX-License-Identifier: Apache-2.0
// The operator's replicas behind its Service, with what Kubernetes does around them: a replica that
// becomes ready joins the endpoints, one that does not answer or is being deleted leaves them.
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './control-plane/free-port.ts';
import { type OperatorProcess, RUN, startOperator } from './operator-process.ts';
import { waitFor } from './wait-for.ts';
import type { WebhookService } from './webhook-service.ts';

/** A replica that was started. */
export interface OperatorReplica extends OperatorProcess {
  /** Where it serves admission, on the Service's address. */
  readonly port: number;
}

/** See {@link createOperatorReplicas}. */
export interface OperatorReplicas {
  /**
   * Starts one; resolves when it is ready and among the Service's endpoints. Its `args` and `env` win.
   * @throws Error with its last log lines where it ends or does not become ready within 30 s.
   */
  startReplica(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<OperatorReplica>;
  /**
   * As a pod is deleted: out of the endpoints, SIGTERM, and SIGKILL 30 s later. Resolves with how it
   * ended: `exit code 0`.
   */
  stopReplica(replica: OperatorReplica): Promise<string>;
  /** As a node dies: SIGKILL, and out of the endpoints when the next probe finds nobody. */
  killReplica(replica: OperatorReplica): Promise<void>;
  /** Kills them all and empties the Service. */
  close(): Promise<void>;
}

/** A replica as the Service knows it. */
interface Member {
  readonly replica: OperatorReplica;
  ready: boolean;
  terminating: boolean;
  /** Readiness as the Service was last told. */
  told: boolean | undefined;
  /** How the process ended, once it has. */
  ended: string | undefined;
}

/** kubelet's is 10 s by default: so long no test waits. */
const PROBE_INTERVAL_MS = 50;

const READY_TIMEOUT_MS = 30_000;

/** `terminationGracePeriodSeconds` of a pod that does not say otherwise. */
const GRACE_MS = 30_000;

/** Of {@link freePort}: somebody may have taken it when we come to listen on it. */
const PORT_ATTEMPTS = 3;

const LAST_WORDS = 10;

/**
 * Replicas that run with the identity of `kubeconfig`; none yet. Their probes are looked at here.
 * `command` are the arguments that a Deployment gives them; what they listen on is chosen here.
 */
export function createOperatorReplicas({
  service,
  kubeconfig,
  command = [...RUN, `--webhook-service-name=${service.name}`],
  env = {},
}: {
  readonly service: WebhookService;
  readonly kubeconfig: string;
  readonly command?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}): OperatorReplicas {
  const members = new Set<Member>();
  const processes: OperatorProcess[] = [];

  const tellService = (): Promise<void> =>
    service.setReplicas(
      [...members].map(({ replica, ready, terminating }) => ({
        port: replica.port,
        ready,
        terminating,
      })),
    );

  async function spawn(args: readonly string[], own: NodeJS.ProcessEnv): Promise<Member> {
    const port = await freePort();
    const operator = await startOperator({
      kubeconfig,
      command,
      admission: { type: 'service', address: service.address, port },
      args,
      env: { ...env, ...own },
    });
    processes.push(operator);
    const member: Member = {
      replica: { ...operator, port },
      ready: false,
      terminating: false,
      told: undefined,
      ended: undefined,
    };
    void operator.exited.then((reason) => {
      member.ended = reason;
    });
    members.add(member);
    void followReadiness(member);
    return member;
  }

  /** Ends with the process, or when the replica is no longer a member. */
  async function followReadiness(member: Member): Promise<void> {
    while (members.has(member) && !(member.ended !== undefined && member.told === false)) {
      const ready = await isReady(member);
      member.ready = ready;
      if (member.told !== ready) {
        // An API server that is away is told with the next probe.
        member.told = await tellService().then(
          () => ready,
          () => undefined,
        );
      }
      await delay(PROBE_INTERVAL_MS, undefined, { ref: false });
    }
  }

  async function removeFromService(member: Member): Promise<void> {
    members.delete(member);
    await tellService();
  }

  function memberOf(replica: OperatorReplica): Member {
    const member = [...members].find((candidate) => candidate.replica === replica);
    if (member === undefined) throw new Error('this replica was stopped before, or is not of here');
    return member;
  }

  return {
    async startReplica(args = [], own = {}) {
      for (let attempt = 1; ; attempt++) {
        const member = await spawn(args, own);
        const problem = await becomesReady(member);
        if (problem === undefined) return member.replica;
        await member.replica.signal('SIGKILL');
        await removeFromService(member);
        const { words, portTaken } = await lastWords(member.replica);
        if (portTaken && attempt < PORT_ATTEMPTS) continue;
        throw new Error(`a replica ${problem}; its last words:\n${words}`);
      }
    },
    async stopReplica(replica) {
      const member = memberOf(replica);
      member.terminating = true;
      await tellService();
      await replica.signal('SIGTERM');
      const patience = setTimeout(() => void replica.signal('SIGKILL'), GRACE_MS);
      const reason = await replica.exited;
      clearTimeout(patience);
      await removeFromService(member);
      return reason;
    },
    async killReplica(replica) {
      memberOf(replica);
      await replica.signal('SIGKILL');
      await replica.exited;
    },
    async close() {
      members.clear();
      await Promise.all(processes.map((operator) => operator.close()));
      await tellService();
    },
  };
}

/** What is wrong where it does not. */
async function becomesReady(member: Member): Promise<string | undefined> {
  try {
    await waitFor('readiness', () => member.told === true || member.ended !== undefined, {
      timeoutMs: READY_TIMEOUT_MS,
    });
    return member.ended === undefined ? undefined : `ended before it was ready (${member.ended})`;
  } catch {
    const probe = await member.replica
      .readyz()
      .catch((error: unknown) => ({ body: String(error) }));
    return `was not ready after ${READY_TIMEOUT_MS / 1000} s: ${probe.body}`;
  }
}

async function isReady({ replica, ended }: Member): Promise<boolean> {
  if (ended !== undefined) return false;
  try {
    return (await replica.readyz()).code === 200;
  } catch {
    return false;
  }
}

async function lastWords(
  operator: OperatorProcess,
): Promise<{ readonly words: string; readonly portTaken: boolean }> {
  const words = (await operator.log())
    .slice(-LAST_WORDS)
    .map(({ level, message, error = '' }) => `  ${level} ${message} ${error}`.trimEnd())
    .join('\n');
  return { words, portTaken: words.includes('in use') };
}
