// SPDX-License-Identifier: Apache-2.0
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLogger, type LogFormat, type Logger, type LogLevel } from './logger.ts';

function createLog(format: LogFormat, level: LogLevel = 'info'): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLogger({ level, format, stream }), lines };
}

function logged(lines: readonly string[]): unknown {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

describe('createLogger', () => {
  it('writes one JSON object a line, with an RFC 3339 time', () => {
    const { log, lines } = createLog('json');
    log.info('Starting', { version: '1.0', count: 3, deep: { a: [1n] }, missing: undefined });
    expect(lines[0]).toMatch(
      /^\{"time":"[^"]+","level":"info","message":"Starting","version".*\}\n$/,
    );
    expect(logged(lines)).toEqual({
      time: expect.stringMatching(TIME) as unknown,
      level: 'info',
      message: 'Starting',
      version: '1.0',
      count: 3,
      deep: { a: ['1'] },
    });
  });

  it('writes one aligned line of text, with quotes only where they are needed', () => {
    const { log, lines } = createLog('text');
    log.info('Became the leader', { credspec: 'webapp1', note: 'two words', n: 3, list: ['a'] });
    log.error('No');
    expect(lines[0]?.replace(TIME, 'TIME')).toBe(
      'TIME INFO  Became the leader credspec=webapp1 note="two words" n=3 list=["a"]\n',
    );
    expect(lines[1]?.replace(TIME, 'TIME')).toBe('TIME ERROR No\n');
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = createLog('json', 'warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'c',
      'd',
    ]);
  });

  it('adds the fields of a child to every line, the later ones winning', () => {
    const { log, lines } = createLog('json');
    log.child({ credspec: 'a', x: 1 }).child({ x: 2 }).info('m', { y: 3 });
    expect(logged(lines)).toMatchObject({ credspec: 'a', x: 2, y: 3 });
  });

  it('writes an error as its message with those of its causes, and the stack at debug only', () => {
    const error = new Error('PUT /lease', {
      cause: new AggregateError([new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED')], 'net'),
    });
    const message = 'PUT /lease: net: ECONNREFUSED ::1; ECONNREFUSED';
    const info = createLog('json');
    info.log.error('failed', { error, others: [error] });
    expect(logged(info.lines)).toMatchObject({ error: message, others: [message] });
    expect(info.lines[0]).not.toContain('logger.test.ts');
    const debug = createLog('json', 'debug');
    debug.log.error('failed', { error });
    expect(logged(debug.lines)).toMatchObject({
      error: message,
      stack: expect.stringContaining('logger.test.ts') as unknown,
    });
  });

  it('does not follow causes that go in circles for ever', () => {
    const { log, lines } = createLog('json');
    const error = new Error('round');
    error.cause = error;
    log.error('failed', { error });
    expect(lines).toHaveLength(1);
  });

  it.each<LogFormat>(['json', 'text'])(
    'lets no value or message begin a line or reach the terminal as a control sequence (%s)',
    (format) => {
      const { log, lines } = createLog(format);
      const evil = 'x\n2026-01-02 INFO fake\r\u001b[2J\u009b2J\u2028\u202e\u0000\ud800';
      log.info(evil, { [evil]: evil, error: new Error(evil) });
      expect(lines).toHaveLength(1);
      const line = lines[0]?.slice(0, -1) ?? '';
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202e]/u);
      expect(line).toContain('\\u009b');
      if (format === 'json') expect(logged(lines)).toMatchObject({ message: evil });
    },
  );

  it('keeps its own fields apart from those it is given', () => {
    const { log, lines } = createLog('json');
    log.info('real', { message: 'other', level: 'error', time: 0 });
    expect(logged(lines)).toMatchObject({
      level: 'info',
      message: 'real',
      'field.message': 'other',
      'field.level': 'error',
      'field.time': 0,
    });
  });

  it("keeps its own fields apart from a child's", () => {
    const { log, lines } = createLog('json');
    log.child({ message: 'other', timestamp: 0 }).info('real');
    expect(logged(lines)).toEqual({
      time: expect.stringMatching(TIME) as unknown,
      level: 'info',
      message: 'real',
      'field.message': 'other',
      'field.timestamp': 0,
    });
  });

  it('takes a message as it is, not as a template', () => {
    const { log, lines } = createLog('json');
    log.info('100 %d of %s', { x: 1 });
    expect(logged(lines)).toMatchObject({ message: '100 %d of %s', x: 1 });
  });

  it.each<LogFormat>(['json', 'text'])('survives values that cannot be written (%s)', (format) => {
    const { log, lines } = createLog(format);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const hostile = {
      toJSON() {
        throw new Error('no');
      },
    };
    log.info('m', { circular, hostile, fn: () => 1, symbol: Symbol('s'), big: 1n, nothing: null });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('(cannot be written)');
  });

  it('cuts values that would fill the log', () => {
    const { log, lines } = createLog('json');
    log.info('m', { page: 'x'.repeat(100_000), list: Array(10_000).fill('abc') });
    expect(lines[0]?.length).toBeLessThan(20_000);
    expect(lines[0]).toContain('… (100000 characters)');
  });

  it.each<LogFormat>(['json', 'text'])('cuts messages as well (%s)', (format) => {
    const { log, lines } = createLog(format);
    log.info('x'.repeat(100_000));
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(lines[0]).toContain('… (100000 characters)');
  });
});
