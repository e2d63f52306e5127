// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError, classifyError } from '../client/api-error.ts';
import { decodeWatchEvents, type WatchEvent } from './watch-events.ts';

const PATH = '/api/v1/things';

function event(name: string, type: WatchEvent['type'] = 'ADDED'): WatchEvent {
  return { type, object: { metadata: { name, uid: `uid of ${name}`, resourceVersion: '1' } } };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Chunks as a connection brings them; `closed` is called when the reader has had enough. */
async function* stream(
  chunks: readonly Uint8Array[],
  closed: () => void = () => undefined,
): AsyncIterable<Uint8Array> {
  try {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  } finally {
    closed();
  }
}

function decode(...chunks: Uint8Array[]): Promise<WatchEvent[]> {
  return collect(stream(chunks));
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const next of decodeWatchEvents(chunks, PATH)) events.push(next);
  return events;
}

describe('decodeWatchEvents', () => {
  it('takes several events from one chunk, in order', async () => {
    const events = [event('a'), event('b', 'MODIFIED'), event('c', 'DELETED')];
    expect(await decode(bytes(events.map(line).join('')))).toEqual(events);
  });

  it('puts together what was cut anywhere, in the middle of a character too', async () => {
    const events = [event('grün'), event('日本語'), event('🗝️ and "quotes" and \\n'), event('')];
    const whole = bytes(events.map(line).join(''));
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(await decode(whole.subarray(0, cut), whole.subarray(cut))).toEqual(events);
    }
  });

  it('decodes the same events however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        async (names, lengths) => {
          const events = names.map((name) => event(name));
          const whole = bytes(events.map(line).join(''));
          const chunks: Uint8Array[] = [];
          for (let start = 0; start < whole.length;) {
            const length = lengths.next().value as number;
            chunks.push(whole.subarray(start, start + length));
            start += length;
          }
          expect(await decode(...chunks)).toEqual(events);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('yields an event as soon as its line is complete', async () => {
    const { promise: never } = Promise.withResolvers<undefined>();
    async function* chunks() {
      yield bytes(line(event('a')));
      await never;
    }
    const first = await decodeWatchEvents(chunks(), PATH)[Symbol.asyncIterator]().next();
    expect(first.value).toEqual(event('a'));
  });

  it('takes no notice of empty lines, empty chunks and carriage returns', async () => {
    const text = `\n\r\n${JSON.stringify(event('a'))}\r\n\n  \n`;
    expect(await decode(bytes(''), bytes(text), bytes(''))).toEqual([event('a')]);
  });

  it('drops a last line that the connection cut off', async () => {
    const half = line(event('b')).slice(0, -2);
    expect(await decode(bytes(line(event('a')) + half))).toEqual([event('a')]);
  });

  it('drops a last line that is complete but for its line feed, for it may not be', async () => {
    expect(await decode(bytes(line(event('a')) + '{"type":"DELETED"}'))).toEqual([event('a')]);
  });

  it('yields nothing for an answer without events', async () => {
    expect(await decode()).toEqual([]);
  });

  it('passes bookmarks on, which hold nothing but a version', async () => {
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } };
    expect(await decode(bytes(line(bookmark)))).toEqual([bookmark]);
  });

  it('throws an ERROR event as the answer that it is, after the events before it', async () => {
    const error = {
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' },
    };
    const seen: WatchEvent[] = [];
    const reading = (async () => {
      const chunks = stream([bytes(line(event('a')) + line(error) + line(event('never')))]);
      for await (const next of decodeWatchEvents(chunks, PATH)) seen.push(next);
    })();
    await expect(reading).rejects.toThrow('watch /api/v1/things: 410 too old');
    await expect(reading).rejects.toBeInstanceOf(ApiError);
    expect(classifyError(await reading.catch((thrown: unknown) => thrown))).toBe('expired');
    expect(seen).toEqual([event('a')]);
  });

  it('counts an ERROR event without a code as the server’s own failure', async () => {
    for (const error of [{ type: 'ERROR', object: {} }, { type: 'ERROR' }]) {
      await expect(decode(bytes(line(error)))).rejects.toMatchObject({ code: 500 });
    }
  });

  it('throws a SyntaxError for what is no JSON', async () => {
    const html = '<html>\n<body>Bad gateway</body></html>\n';
    await expect(decode(bytes(html))).rejects.toThrow(SyntaxError);
  });

  it.each(['null', '42', '"text"', '[]', '{}', '{"type":"ADDED"}', '{"type":"ADDED","object":{}}'])(
    'throws a SyntaxError for %s, which is JSON but no event',
    async (text) => {
      await expect(decode(bytes(`${text}\n`))).rejects.toThrow(SyntaxError);
    },
  );

  it('gives up on a line that never ends rather than keep it all', async () => {
    const megabyte = new Uint8Array(1024 * 1024).fill('x'.charCodeAt(0));
    let taken = 0;
    async function* endless() {
      for (;;) {
        taken++;
        yield await Promise.resolve(megabyte);
      }
    }
    await expect(collect(endless())).rejects.toThrow(SyntaxError);
    expect(taken).toBeLessThanOrEqual(17);
  });

  it('takes an object as large as etcd does, in small chunks', async () => {
    const large = { ...event('large'), note: '\u0001'.repeat(1_500_000) };
    const whole = bytes(line(large));
    const chunks = Array.from({ length: Math.ceil(whole.length / 65_536) }, (_, i) =>
      whole.subarray(i * 65_536, (i + 1) * 65_536),
    );
    expect(await decode(...chunks)).toEqual([large]);
  });

  it.each([
    ['reads no further', [event('a'), event('b')]],
    ['met an ERROR event', [{ type: 'ERROR', object: { code: 410 } }]],
    ['met garbage', ['garbage']],
  ])('lets go of the connection once its reader %s', async (_, lines) => {
    let closed = 0;
    const chunks = stream([bytes(lines.map(line).join('')), bytes(line(event('c')))], () => {
      closed++;
    });
    try {
      for await (const { type } of decodeWatchEvents(chunks, PATH)) {
        if (type === 'ADDED') break;
      }
    } catch {
      // Either way.
    }
    expect(closed).toBe(1);
  });
});
