// SPDX-License-Identifier: Apache-2.0
// Log lines for people (text) and for log collectors (JSON), on stderr: that is where klog, zap and
// with them every other operator write, it is not buffered, and stdout stays free for what a command
// was asked to print. The interface fits that of src/kube by structure; neither imports the other.
import winston from 'winston';
import { jsonLine, textLine } from './log-line.ts';

/** From the most to the least talkative. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Details of a line; errors are written as their messages, with those of their causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines; never throws, whatever the fields hold. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/**
 * A logger that leaves out what is below `level`. At `debug` the field `error` brings its stack along
 * as `stack`.
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Default stderr. */
  readonly stream?: NodeJS.WritableStream;
}): Logger {
  const line = options.format === 'json' ? jsonLine : textLine;
  const winstonLogger = winston.createLogger({
    level: options.level,
    format: winston.format.printf((info) =>
      line({
        time: new Date(),
        level: info.level,
        message: String(info.message),
        // Under one name: winston merges a field called `message` into the message.
        fields: info['fields'] as LogFields,
        withStack: options.level === 'debug',
      }),
    ),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces
    transports: [new winston.transports.Stream({ stream: options.stream ?? process.stderr })],
  });
  const log: WriteLine = (level, message, fields) => {
    winstonLogger.log({ level, message, fields });
  };
  return loggerWith(log, LOG_LEVELS.indexOf(options.level), {});
}

type WriteLine = (level: LogLevel, message: string, fields: LogFields) => void;

function loggerWith(log: WriteLine, lowest: number, inherited: LogFields): Logger {
  // winston would make the whole line, and then not write it.
  const at = (level: LogLevel): Logger[LogLevel] =>
    LOG_LEVELS.indexOf(level) < lowest
      ? () => undefined
      : (message, fields = {}) => {
          log(level, message, { ...inherited, ...fields });
        };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerWith(log, lowest, { ...inherited, ...fields }),
  };
}
