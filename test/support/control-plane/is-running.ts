// SPDX-License-Identifier: Apache-2.0
// Whether a process is there, for tests of what cleans up after itself.
import { spawnSync } from 'node:child_process';

/**
 * Whether a process with this id runs, whoever's it is. One that has ended, and that its parent
 * has not asked about yet (a zombie), does not.
 */
export function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  if (state.error !== undefined) throw state.error;
  return /^\s*[^\sZ]/.test(state.stdout);
}
