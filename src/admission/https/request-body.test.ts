// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createBodyBudget } from './body-budget.ts';
import {
  REFUSALS,
  type Refusal,
  tooDeep,
  tooLarge,
  tooManyNames,
  tooManyValues,
} from './refusal.ts';
import { receiveBody } from './request-body.ts';

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
  return {
    received: receiveBody(source, {
      contentLength,
      limits: { maxBodyBytes: maxBytes, maxJsonValues: 100, maxJsonNames: 10, maxJsonDepth: 5 },
      maxMs: MAX_MS,
      budget,
    }),
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

const refused = (refusal: Refusal) => ({ kind: 'refusal', refusal });

describe('receiveBody', () => {
  it.each<readonly [string, Limits, readonly string[]]>([
    ['one chunk', {}, ['{"a":"ä"}']],
    ['one chunk of announced length', { contentLength: 7 }, ['{"a":1}']],
    ['chunks of announced length', { contentLength: 9 }, ['{"a"', ':', '"xy"']],
    ['chunks without one', {}, ['{"a"', ':', '"x"', '}']],
    ['many small chunks', {}, Array<string>(5_000).fill('0123456789')],
    ['chunks that grow', {}, ['x', 'y'.repeat(20_000), 'z'.repeat(100_000)]],
  ])('joins %s', async (_, limits, chunks) => {
    const { received, budget, send, end, close } = reading(limits);
    send(...chunks);
    end();
    close();
    const body = await received;
    expect(body).toMatchObject({ kind: 'complete', bytes: Buffer.from(chunks.join('')) });
    if (body.kind === 'complete') budget.release(body.claim);
    expect(budget.usedBytes()).toBe(0);
  });

  it('joins characters that chunks have torn apart', async () => {
    const { received, send, end } = reading();
    for (const byte of Buffer.from('"ä€😀"')) send(Buffer.of(byte));
    end();
    expect(await received).toMatchObject({
      kind: 'complete',
      bytes: Buffer.from('"ä€😀"'),
    });
  });

  it('holds the memory of a body until it is given back', async () => {
    const { received, budget, send, end } = reading();
    send('x'.repeat(500));
    end();
    expect(await received).toMatchObject({ kind: 'complete' });
    expect(budget.usedBytes()).toBe(500);
  });

  it('takes a few times the memory of a body that comes byte by byte, not hundreds of times', () => {
    const { budget, send } = reading();
    for (let i = 0; i < 100_000; i += 1) send('x');
    expect(budget.usedBytes()).toBeLessThan(300_000);
  });

  it('stops at the bound of size, and keeps nothing', async () => {
    const { received, budget, send, end, close } = reading({ maxBytes: 100 });
    send('x'.repeat(60), 'x'.repeat(60), 'x'.repeat(60));
    end();
    close();
    expect(await received).toEqual(refused(tooLarge(100)));
    expect(budget.usedBytes()).toBe(0);
  });

  it.each([
    ['too many values', `[${'1,'.repeat(100)}1]`, tooManyValues(100)],
    [
      'too many names',
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 12 }, (_each, i) => [`name-${i}`, i])),
      ),
      tooManyNames(10),
    ],
    ['too many levels', '[[[[[[1]]]]]]', tooDeep(5)],
  ])('refuses %s before anything is parsed', async (_, text, refusal) => {
    const { received, budget, send, end } = reading();
    send(text);
    end();
    expect(await received).toEqual(refused(refusal));
    expect(budget.usedBytes()).toBe(0);
  });

  it('stops at the bound of time', async () => {
    const { received, budget, send, expire, end, close } = reading();
    send('x');
    expire();
    send('x');
    end();
    close();
    expect(await received).toEqual(refused(REFUSALS.tooSlow));
    expect(budget.usedBytes()).toBe(0);
  });

  it('stops where all bodies together take too much', async () => {
    const { received, budget, send } = reading({ maxBufferedBytes: 100 });
    send('x'.repeat(80), 'x'.repeat(80));
    expect(await received).toEqual(refused(REFUSALS.noMemory));
    expect(budget.usedBytes()).toBe(0);
  });

  it('goes where a smaller body needs its memory', async () => {
    const { received, budget, send, end } = reading({ maxBufferedBytes: 1_000 });
    send('x'.repeat(900));
    const other = budget.open(() => undefined);
    budget.resize(other, 200);
    end();
    expect(await received).toEqual(refused(REFUSALS.noMemory));
    expect(budget.usedBytes()).toBe(200);
  });

  it('notices that the client went away', async () => {
    const { received, budget, send, close } = reading({ contentLength: 100 });
    send('x');
    close();
    expect(await received).toEqual({ kind: 'gone' });
    expect(budget.usedBytes()).toBe(0);
  });

  it('tells an empty body from one that is not UTF-8', async () => {
    const empty = reading();
    empty.end();
    expect(await empty.received).toEqual(refused(REFUSALS.noBody));
    const torn = reading();
    torn.send('{"a":"', Buffer.of(0xe2, 0x82), '"}');
    torn.end();
    expect(await torn.received).toEqual(refused(REFUSALS.notUtf8));
    expect(torn.budget.usedBytes()).toBe(0);
  });
});
