// SPDX-License-Identifier: Apache-2.0
// The operator as its users run it: the built program in a process of its own, which goes with the
// test that started it, whatever happens to that.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { freePort } from './control-plane/free-port.ts';
import { openSupervisor } from './control-plane/supervised.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly credspec?: string;
  readonly reason?: string;
  readonly error?: string;
}

/** A running operator. */
export interface OperatorProcess {
  readonly pid: number;
  /** Everything that it logged until now. */
  log(): Promise<readonly LogLine[]>;
  /** Resolves with the first log line that `matches`. */
  logged(what: string, matches: (line: LogLine) => boolean): Promise<LogLine>;
  readyz(): Promise<{ readonly code: number; readonly body: string }>;
  /** The metrics page. */
  metrics(): Promise<string>;
  /** Sends a signal; resolves when it is delivered. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Why it ended, once it has: `exit code 0`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** SIGTERM, and how it ended. */
  stop(): Promise<string>;
  /** SIGKILL and no trace left. */
  close(): Promise<void>;
}

/** Starts the program with the service account that config/rbac gives it in a cluster. */
export async function startInstalledOperator(
  controlPlane: Pick<ControlPlane, 'serviceAccountKubeconfig'>,
  args: readonly string[] = [],
): Promise<OperatorProcess> {
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(
    'gmsa-operator-system',
    'gmsa-operator',
  );
  return startOperator({ kubeconfig, args });
}

/** Starts the program of dist/ (`make build`) on a kubeconfig. Flags given last win. */
export async function startOperator(options: {
  readonly kubeconfig: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}): Promise<OperatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-process-'));
  const supervisor = openSupervisor(directory);
  const logFile = join(directory, 'operator.log');
  const [healthPort, metricsPort] = [await freePort(), await freePort()];
  const child = await supervisor.spawn({
    file: process.execPath,
    args: [
      PROGRAM,
      'run',
      `--kubeconfig=${options.kubeconfig}`,
      '--namespace=gmsa-operator-system',
      `--health-probe-bind-address=127.0.0.1:${healthPort}`,
      `--metrics-bind-address=127.0.0.1:${metricsPort}`,
      '--log-format=json',
      ...(options.args ?? []),
    ],
    cwd: directory,
    logFile,
    env: { NODE_OPTIONS: '', ...options.env },
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
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { code: response.status, body: await response.text() };
  }

  return {
    pid: child.pid,
    log,
    logged: (what, matches) =>
      waitFor(`a log line: ${what}`, async () => (await log()).find(matches)),
    readyz: () => get(healthPort, '/readyz?verbose'),
    metrics: async () => (await get(metricsPort, '/metrics')).body,
    signal: (name) => child.signal(name),
    exited: child.exited,
    async stop() {
      await child.signal('SIGTERM');
      return child.exited;
    },
    close: () => supervisor.close(),
  };
}
