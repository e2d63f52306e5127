// SPDX-License-Identifier: Apache-2.0
// The machine that is measured on: what it is, how busy it is, and what a process takes of it.
// Linux only, for /proc is where memory and start times stand exactly.
import { readFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** What figures depend on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly kubernetes: string;
  readonly at: string;
}

/** Above this share of busy processors, figures are a part somebody else's. */
const QUIET_SHARE = 0.1;
const QUIET_TIMEOUT_MS = 15_000;
const SAMPLE_MS = 1_000;

/** USER_HZ: a constant of Linux's interface, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

let busiest = 0;

/** Describes the machine. */
export function describeMachine(kubernetes: string): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    kubernetes,
    at: new Date().toISOString(),
  };
}

/** Waits until the machine has nothing to do, for some seconds; then goes on, and says so. */
export async function waitUntilQuiet(log: (line: string) => void): Promise<void> {
  const deadline = performance.now() + QUIET_TIMEOUT_MS;
  let share = await busyShare();
  while (share > QUIET_SHARE && performance.now() < deadline) share = await busyShare();
  busiest = Math.max(busiest, share);
  if (share > QUIET_SHARE) {
    const load = (loadavg()[0] ?? 0).toFixed(1);
    log(`the machine is busy (${(100 * share).toFixed(0)} %, load ${load}): measuring anyway`);
  }
}

/** The largest share of busy processors, 0 to 1, that a measurement was begun at. */
export function busiestBeginning(): number {
  return busiest;
}

async function busyShare(): Promise<number> {
  const before = processorTimes();
  await delay(SAMPLE_MS);
  const after = processorTimes();
  return 1 - (after.idle - before.idle) / (after.total - before.total);
}

function processorTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    idle: sum(times.map(({ idle }) => idle)),
    total: sum(times.flatMap((time) => Object.values(time))),
  };
}

/** Memory of a process in megabytes (10^6 bytes). */
export interface ProcessMemory {
  readonly resident: number;
  /** Of which its own; the rest are pages of files, above all of node itself. */
  readonly anonymous: number;
  /** The most that was resident since it was started. */
  readonly peak: number;
}

/** Reads the memory of a process. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return (Number(kibibytes) * 1024) / 1e6;
  };
  return {
    resident: megabytes('VmRSS'),
    anonymous: megabytes('RssAnon'),
    peak: megabytes('VmHWM'),
  };
}

/** When a process was started (Unix time in milliseconds, exact to 10 ms), and its CPU seconds. */
export async function processTimes(
  pid: number,
): Promise<{ startedMs: number; cpuSeconds: number }> {
  const [stat, uptime] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile('/proc/uptime', 'utf8'),
  ]);
  const now = Date.now();
  // proc_pid_stat(5), counted from field 3: the name before it may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (field: number) => Number(fields[field - 3]) / TICKS_PER_SECOND;
  return {
    startedMs: now - (Number.parseFloat(uptime) - seconds(22)) * 1000,
    cpuSeconds: seconds(14) + seconds(15),
  };
}
