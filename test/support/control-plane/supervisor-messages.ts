// SPDX-License-Identifier: Apache-2.0
// What a supervised caller and its supervisor process say to each other over the IPC channel.

export type ToSupervisor =
  | {
      readonly type: 'spawn';
      readonly id: number;
      readonly file: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: NodeJS.ProcessEnv;
      /** stdout and stderr are appended here. */
      readonly logFile: string;
    }
  | { readonly type: 'signal'; readonly id: number; readonly signal: NodeJS.Signals }
  /** Kill everything, remove the directory (but for the named entries), and end. */
  | { readonly type: 'close'; readonly keep: readonly string[] };

export type FromSupervisor =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  /** Answers `signal`, in order. */
  | { readonly type: 'signalled'; readonly id: number }
  | { readonly type: 'exited'; readonly id: number; readonly reason: string };
