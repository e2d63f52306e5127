// SPDX-License-Identifier: Apache-2.0
// The formats that winston lacks, to be combined with its own. Names and messages come from all over the
// cluster: no value may begin a line of its own, fill the log, or reach a terminal as a control sequence.
// winston's `errors` is not among those in use: it reads an Error only in place of a message, and copies
// every property of it to the line, also what a server answered.
import winston from 'winston';

type Info = winston.Logform.TransformableInfo;

/** Under these, winston keeps the level that it filters by, and the finished line. */
const LEVEL = Symbol.for('level');
const LINE = Symbol.for('message');

/** A proxy's error page as an error message should not fill the log. */
const MAX_VALUE_LENGTH = 8_192;

const MAX_CAUSES = 10;

/** Control characters, line separators, and those that turn the direction of text. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * `time`, `level` and `message`, then the fields as JSON values of bounded length; undefined ones are
 * left out. An Error is written as its message, with those of its causes; `withStack` adds the stack of
 * the field `error`.
 */
export const plainValues = winston.format((info, options) => {
  const { timestamp: time, level, message, ...fields } = info;
  const { withStack } = options as { readonly withStack: boolean };
  const stack = withStack && fields['error'] instanceof Error ? fields['error'].stack : undefined;
  const values = Object.entries(stack === undefined ? fields : { ...fields, stack })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, plain(value)] as const);
  return {
    time,
    level,
    message: cut(String(message)),
    ...Object.fromEntries(values),
    [LEVEL]: level,
  };
});

/** `2026-01-02T03:04:05.678Z INFO  message  key=value other="two words"`. */
export function textLine({ time, level, message, ...fields }: Info): string {
  const values = Object.entries(fields).map(([name, value]) => ` ${name}=${textValue(value)}`);
  return `${String(time)} ${level.toUpperCase().padEnd(5)} ${String(message)}${values.join('')}`;
}

/** The line with unsafe characters as escapes. In JSON, they stand nowhere but within strings. */
export const escaped = winston.format((info: Info) => {
  info[LINE] = String(info[LINE]).replace(UNSAFE, escape);
  return info;
});

function textValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value);
}

function escape(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (value instanceof Error) return cut(messageOf(value, MAX_CAUSES));
  try {
    const json = JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === 'bigint') return inner.toString();
      return inner instanceof Error ? messageOf(inner, MAX_CAUSES) : inner;
    }) as string | undefined;
    if (json === undefined) return `(${typeof value})`;
    return json.length > MAX_VALUE_LENGTH ? cut(json) : (JSON.parse(json) as unknown);
  } catch {
    return '(cannot be written)';
  }
}

function messageOf(error: Error, depth: number): string {
  const message = error.message === '' ? error.name : error.message;
  const causes = [
    ...(error instanceof AggregateError ? (error.errors as unknown[]) : []),
    ...(error.cause === undefined ? [] : [error.cause]),
  ];
  if (causes.length === 0 || depth === 0) return message;
  const texts = causes.map((cause) =>
    cause instanceof Error ? messageOf(cause, depth - 1) : textOf(cause),
  );
  return `${message}: ${texts.join('; ')}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(plain(value));
}

function cut(text: string): string {
  return text.length > MAX_VALUE_LENGTH
    ? `${text.slice(0, MAX_VALUE_LENGTH)}… (${text.length} characters)`
    : text;
}
