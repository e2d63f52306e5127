// SPDX-License-Identifier: Apache-2.0
// One log entry as one line of text or JSON. Names and messages come from all over the cluster: no
// value may begin a line of its own, or reach a terminal as a control sequence.

/** What a line is made of. */
export interface LogEntry {
  readonly time: Date;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Adds the stack of the field `error`. */
  readonly withStack: boolean;
}

/** A proxy's error page as an error message should not fill the log. */
const MAX_VALUE_LENGTH = 8_192;

const MAX_CAUSES = 10;

/** Control characters, line separators, and those that turn the direction of text. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `{"time":"…","level":"info","message":"…",…}`; the time is RFC 3339 in UTC. */
export function jsonLine(entry: LogEntry): string {
  const { time, level } = entry;
  const message = cut(entry.message);
  const line: Record<string, unknown> = { time: time.toISOString(), level, message };
  for (const [name, value] of plainFields(entry)) {
    line[name in line ? `field.${name}` : name] = value;
  }
  // JSON escapes what is below U+0020 only; the rest can stand nowhere but within strings.
  return JSON.stringify(line).replace(UNSAFE, escape);
}

/** `2026-01-02T03:04:05.678Z INFO  message  key=value other="two words"`. */
export function textLine(entry: LogEntry): string {
  const { time, level } = entry;
  const message = cut(entry.message);
  const fields = plainFields(entry).map(
    ([name, value]) => ` ${name.replace(UNSAFE, escape)}=${textValue(value)}`,
  );
  const padded = level.toUpperCase().padEnd(5);
  return `${time.toISOString()} ${padded} ${message.replace(UNSAFE, escape)}${fields.join('')}`;
}

function textValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const bare = typeof value !== 'string' || /^[^\s"=\\]+$/.test(text);
  return (bare ? text : JSON.stringify(text)).replace(UNSAFE, escape);
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

/** The fields as JSON values; undefined ones are left out. */
function plainFields({ fields, withStack }: LogEntry): (readonly [string, unknown])[] {
  const { error } = fields;
  const all: Readonly<Record<string, unknown>> =
    withStack && error instanceof Error ? { ...fields, stack: stackOf(error) } : fields;
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, plain(value)] as const);
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

function stackOf(error: Error): string {
  return error.stack ?? messageOf(error, MAX_CAUSES);
}

function cut(text: string): string {
  return text.length > MAX_VALUE_LENGTH
    ? `${text.slice(0, MAX_VALUE_LENGTH)}… (${text.length} characters)`
    : text;
}
