// SPDX-License-Identifier: Apache-2.0
// The operator as its users run it: the built program in a process of its own, which goes with the
// test that started it, whatever happens to that.
import { mkdtemp, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { freePort } from './control-plane/free-port.ts';
import { openSupervisor } from './control-plane/supervised.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** `NODE_OPTIONS` of the Deployment in config/manager. */
export const NODE_OPTIONS = await deployedNodeOptions();

/** A process that is paused accepts connections and says nothing. */
const ANSWER_TIMEOUT_MS = 5_000;

/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly credspec?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly problem?: string;
}

/** A running operator. */
export interface OperatorProcess {
  readonly pid: number;
  /** Everything that it logged until now. */
  log(): Promise<readonly LogLine[]>;
  /** Resolves with the first log line that `matches`. */
  logged(what: string, matches: (line: LogLine) => boolean): Promise<LogLine>;
  readyz(): Promise<{ readonly code: number; readonly body: string }>;
  /** The metrics page, and where it is. */
  metrics(): Promise<string>;
  readonly metricsUrl: string;
  /** Sends a signal; resolves when it is delivered. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Why it ended, once it has: `exit code 0`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** SIGTERM, and how it ended. */
  stop(): Promise<string>;
  /** SIGKILL and no trace left. */
  close(): Promise<void>;
}

/** Whether and where an operator serves admission, and how the API server is told to call it. */
export type Admission =
  /** Not at all, for tests about something else. */
  | 'off'
  /** Behind a Service of the operator's namespace that lists `address` and `port`. */
  | { readonly type: 'service'; readonly address: string; readonly port: number }
  /** By a URL on loopback, as where an operator runs outside of the cluster: one replica only. */
  | { readonly type: 'url'; readonly port: number };

/** How the program is started where no Deployment says it. */
export const RUN: readonly string[] = [
  'run',
  '--namespace=gmsa-operator-system',
  '--log-format=json',
];

/** Starts the program with the service account that config/rbac gives it in a cluster. */
export async function startInstalledOperator(
  controlPlane: Pick<ControlPlane, 'serviceAccountKubeconfig'>,
  args: readonly string[] = [],
  options: { readonly admission?: Admission } = {},
): Promise<OperatorProcess> {
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  return startOperator({ kubeconfig, args, ...options });
}

/**
 * Starts the program of dist/ (`make build`) on a kubeconfig; admission is off unless it is asked for.
 * Flags given last win: `args` over all others, and where it listens, on free ports, over `command`.
 */
export async function startOperator(options: {
  readonly kubeconfig: string;
  /** The arguments of a container. */
  readonly command?: readonly string[];
  readonly admission?: Admission;
  readonly args?: readonly string[];
  /** Wins over {@link NODE_OPTIONS}. */
  readonly env?: NodeJS.ProcessEnv;
  /** The file that is run, instead of that of dist/. */
  readonly program?: string;
}): Promise<OperatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-process-'));
  const supervisor = openSupervisor(directory);
  const logFile = join(directory, 'operator.log');
  const [healthPort, metricsPort] = [await freePort(), await freePort()];
  const child = await supervisor.spawn({
    file: process.execPath,
    args: [
      options.program ?? PROGRAM,
      ...(options.command ?? RUN),
      `--kubeconfig=${options.kubeconfig}`,
      `--health-probe-bind-address=127.0.0.1:${healthPort}`,
      `--metrics-bind-address=127.0.0.1:${metricsPort}`,
      ...admissionFlags(options.admission ?? 'off'),
      ...(options.args ?? []),
    ],
    cwd: directory,
    logFile,
    env: { NODE_OPTIONS, ...options.env },
  });

  async function log(): Promise<readonly LogLine[]> {
    const text = await readFile(logFile, 'utf8');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line): LogLine =>
        line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'not JSON', message: line },
      );
  }

  async function get(port: number, path: string) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return { code: response.status, body: await response.text() };
  }

  return {
    pid: child.pid,
    log,
    logged: (what, matches) =>
      waitFor(`a log line: ${what}`, async () => (await log()).find(matches)),
    readyz: () => get(healthPort, '/readyz?verbose'),
    metrics: async () => (await get(metricsPort, '/metrics')).body,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    signal: (name) => child.signal(name),
    exited: child.exited,
    async stop() {
      await child.signal('SIGTERM');
      return child.exited;
    },
    close: () => supervisor.close(),
  };
}

/** The flags that make it so. */
export function admissionFlags(admission: Admission): readonly string[] {
  if (admission === 'off') return ['--admission=false'];
  switch (admission.type) {
    case 'service': {
      const { address, port } = admission;
      const host = isIPv6(address) ? `[${address}]` : address;
      return [`--webhook-bind-address=${host}:${port}`];
    }
    case 'url': {
      const host = `127.0.0.1:${admission.port}`;
      return [`--webhook-bind-address=${host}`, `--webhook-url=https://${host}`];
    }
  }
}

async function deployedNodeOptions(): Promise<string> {
  const manifest = new URL('../../config/manager/deployment.yaml', import.meta.url);
  const { spec } = parse(await readFile(manifest, 'utf8')) as {
    readonly spec: { readonly template: { readonly spec: PodSpec } };
  };
  const variables = spec.template.spec.containers.flatMap(({ env }) => env);
  const value = variables.find(({ name }) => name === 'NODE_OPTIONS')?.value;
  if (value === undefined) throw new Error('config/manager/deployment.yaml: no NODE_OPTIONS');
  return value;
}

interface PodSpec {
  readonly containers: readonly {
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
}
