// SPDX-License-Identifier: Apache-2.0
// A logger for tests that keeps its lines.
import type { LogFields, Logger } from '../logger.ts';

/** A line as it was logged. */
export interface LoggedLine {
  readonly level: 'debug' | 'error' | 'info' | 'warn';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger, and what was logged with it and its children. */
export function createRecordingLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  return { ...recorder(lines, {}), lines };
}

function recorder(lines: LoggedLine[], inherited: LogFields): Logger {
  const at =
    (level: LoggedLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...inherited, ...fields } });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recorder(lines, { ...inherited, ...fields }),
  };
}
