// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createBodyBudget } from './body-budget.ts';
import { type ReceivedBody, receiveBody } from './request-body.ts';

const MAX_MS = 5_000;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

interface Limits {
  readonly contentLength?: number;
  readonly maxBytes?: number;
  readonly maxBufferedBytes?: number;
}

/** A body that is being read, and what is told about it. */
function reading({
  contentLength,
  maxBytes = 1_000_000,
  maxBufferedBytes = 10_000_000,
}: Limits = {}) {
  const source = new EventEmitter();
  const budget = createBodyBudget(maxBufferedBytes);
  const outcomes: ReceivedBody[] = [];
  receiveBody(
    source,
    { contentLength, maxBytes, maxMs: MAX_MS, budget },
    (outcome) => void outcomes.push(outcome),
  );
  return {
    outcomes,
    budget,
    expire: () => {
      jest.advanceTimersByTime(MAX_MS);
    },
    send: (...chunks: readonly (string | Buffer)[]) => {
      for (const chunk of chunks) source.emit('data', Buffer.from(chunk));
    },
    end: () => source.emit('end'),
    close: () => source.emit('close'),
  };
}

const kinds = (outcomes: readonly ReceivedBody[]) => outcomes.map(({ kind }) => kind);

describe('receiveBody', () => {
  it.each<readonly [string, Limits, readonly string[]]>([
    ['one chunk', {}, ['{"a":"ä"}']],
    ['one chunk of announced length', { contentLength: 7 }, ['{"a":1}']],
    ['chunks of announced length', { contentLength: 9 }, ['{"a"', ':', '"xy"']],
    ['chunks without one', {}, ['{"a"', ':', '"x"', '}']],
    ['many small chunks', {}, Array<string>(5_000).fill('0123456789')],
    ['chunks that grow', {}, ['x', 'y'.repeat(20_000), 'z'.repeat(100_000)]],
  ])('joins %s', (_, limits, chunks) => {
    const { outcomes, budget, send, end, close } = reading(limits);
    send(...chunks);
    end();
    close();
    expect(outcomes).toMatchObject([{ kind: 'complete', text: chunks.join('') }]);
    const [received] = outcomes;
    if (received?.kind === 'complete') budget.release(received.claim);
    expect(budget.usedBytes()).toBe(0);
  });

  it('joins characters that chunks have torn apart', () => {
    const { outcomes, send, end } = reading();
    for (const byte of Buffer.from('"ä€😀"')) send(Buffer.of(byte));
    end();
    expect(outcomes).toMatchObject([{ kind: 'complete', text: '"ä€😀"' }]);
  });

  it('holds the memory of a body until it is given back', () => {
    const { outcomes, budget, send, end } = reading();
    send('x'.repeat(500));
    end();
    expect(kinds(outcomes)).toEqual(['complete']);
    expect(budget.usedBytes()).toBe(500);
  });

  it('takes a few times the memory of a body that comes byte by byte, not hundreds of times', () => {
    const { budget, send } = reading();
    for (let i = 0; i < 100_000; i += 1) send('x');
    expect(budget.usedBytes()).toBeLessThan(300_000);
  });

  it('stops at the bound of size, and keeps nothing', () => {
    const { outcomes, budget, send, end, close } = reading({ maxBytes: 100 });
    send('x'.repeat(60), 'x'.repeat(60), 'x'.repeat(60));
    end();
    close();
    expect(kinds(outcomes)).toEqual(['too-large']);
    expect(budget.usedBytes()).toBe(0);
  });

  it('stops at the bound of time', () => {
    const { outcomes, budget, send, expire, end, close } = reading();
    send('x');
    expire();
    send('x');
    end();
    close();
    expect(kinds(outcomes)).toEqual(['too-slow']);
    expect(budget.usedBytes()).toBe(0);
  });

  it('stops where all bodies together take too much', () => {
    const { outcomes, budget, send } = reading({ maxBufferedBytes: 100 });
    send('x'.repeat(80), 'x'.repeat(80));
    expect(kinds(outcomes)).toEqual(['no-memory']);
    expect(budget.usedBytes()).toBe(0);
  });

  it('goes where a smaller body needs its memory', () => {
    const { outcomes, budget, send, end } = reading({ maxBufferedBytes: 1_000 });
    send('x'.repeat(900));
    const other = budget.open(() => undefined);
    budget.resize(other, 200);
    end();
    expect(kinds(outcomes)).toEqual(['no-memory']);
    expect(budget.usedBytes()).toBe(200);
  });

  it('notices that the client went away', () => {
    const { outcomes, budget, send, close } = reading({ contentLength: 100 });
    send('x');
    close();
    expect(kinds(outcomes)).toEqual(['gone']);
    expect(budget.usedBytes()).toBe(0);
  });

  it('tells an empty body from one that is not UTF-8', () => {
    const empty = reading();
    empty.end();
    expect(kinds(empty.outcomes)).toEqual(['empty']);
    const torn = reading();
    torn.send('{"a":"', Buffer.of(0xe2, 0x82), '"}');
    torn.end();
    expect(kinds(torn.outcomes)).toEqual(['not-utf8']);
    expect(torn.budget.usedBytes()).toBe(0);
  });
});
