// SPDX-License-Identifier: Apache-2.0
// What src/kube needs of a logger. It imports nothing of ours, so the logger of src/observability
// fits by structure, not by name.

/** Details of a log line; an `Error` is written as its message and those of its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}
