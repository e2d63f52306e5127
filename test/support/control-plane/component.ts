// SPDX-License-Identifier: Apache-2.0
// A component of the control plane as a supervised process with a log file, and waiting for it
// with errors that show what it said last.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SupervisedProcess, Supervisor } from './supervised.ts';

const POLL_INTERVAL_MS = 50;
const LOG_TAIL_LINES = 15;

/** Directory for log files inside a control plane's own; kept when a start fails. */
export const LOGS = 'logs';

export interface Component {
  readonly name: string;
  readonly logFile: string;
  readonly process: SupervisedProcess;
}

/** Starts `file` in the control plane's directory, logging to `logs/<name>.log`. */
export async function startComponent(
  supervisor: Supervisor,
  directory: string,
  file: string,
  args: readonly string[],
): Promise<Component> {
  const name = basename(file);
  const logFile = join(directory, LOGS, `${name}.log`);
  return {
    name,
    logFile,
    process: await supervisor.spawn({ file, args, cwd: directory, logFile }),
  };
}

/**
 * Polls until `condition` holds. Throws when one of the components ends before that, or after
 * `timeoutMs`; the message says what was waited for and carries the last log lines.
 */
export async function waitForComponents(
  what: string,
  components: readonly Component[],
  condition: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ended = components.find(({ process }) => process.exitReason !== undefined);
    if (ended !== undefined) {
      const reason = ended.process.exitReason ?? '';
      throw new Error(
        await withLog(`${ended.name} ended (${reason}) while waiting for ${what}`, ended),
      );
    }
    if (await condition()) return;
    if (Date.now() > deadline) {
      const reports = components.map((component) => withLog(`${component.name}:`, component));
      const seconds = String(timeoutMs / 1000);
      throw new Error(
        [`waited ${seconds} s in vain for ${what}`, ...(await Promise.all(reports))].join('\n'),
      );
    }
    await delay(POLL_INTERVAL_MS);
  }
}

/** A message followed by the component's last log lines and where the whole log is. */
export async function withLog(message: string, { logFile }: Component): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
  return [message, ...lines.map((line) => `  ${line}`), `The whole log: ${logFile}`].join('\n');
}

/** Logs a component's end that nobody asked for: it explains what goes wrong next. */
export async function reportUnexpectedEnd(
  component: Component,
  log: (line: string) => void,
): Promise<void> {
  const reason = await component.process.exited;
  if (component.process.askedToEnd) return;
  log(await withLog(`${component.name} ended unexpectedly (${reason})`, component));
}
