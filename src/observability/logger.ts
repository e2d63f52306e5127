// SPDX-License-Identifier: Apache-2.0
// Log lines for people (text) and for log collectors (JSON), on stderr: that is where klog, zap and
// with them every other operator write, it is not buffered, and stdout stays free for what a command
// was asked to print. The interface fits that of src/kube by structure; neither imports the other.
import winston from 'winston';
import { escaped, plainValues, textLine } from './log-formats.ts';

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
export function createLogger({
  level,
  format,
  stream = process.stderr,
}: {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Default stderr. */
  readonly stream?: NodeJS.WritableStream;
}): Logger {
  const { combine, json, printf, timestamp } = winston.format;
  return loggerOn(
    winston.createLogger({
      level,
      format: combine(
        timestamp(),
        plainValues({ withStack: level === 'debug' }),
        format === 'json' ? json({ deterministic: false }) : printf(textLine),
        escaped(),
      ),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces
      transports: [new winston.transports.Stream({ stream })],
    }),
  );
}

function loggerOn(logger: winston.Logger): Logger {
  const at = (level: LogLevel): Logger[LogLevel] =>
    logger.isLevelEnabled(level)
      ? (message, fields = {}) => {
          // As one object: of several arguments, winston takes `%d` in a message as a place to fill in.
          logger.log({ ...renamed(fields), level, message });
        }
      : // Otherwise winston would format the line before its transport leaves it out.
        () => undefined;
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOn(logger.child(renamed(fields))),
  };
}

/** Names that winston or a line has for itself. */
const RESERVED: readonly string[] = ['time', 'timestamp', 'level', 'message'];

/** A field with such a name is kept as `field.<name>`. */
function renamed(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      RESERVED.includes(name) ? `field.${name}` : name,
      value,
    ]),
  );
}
