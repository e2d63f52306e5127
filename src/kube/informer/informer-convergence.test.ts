// SPDX-License-Identifier: Apache-2.0
// Whatever happens between an informer and its server, and in whatever order: once it is over, the
// informer knows what the server knows, and so does everyone who listened to it.
import { expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '../client/api-error.ts';
import type { Informer } from './informer.ts';
import type { CachedObject, Change } from './object-cache.ts';
import {
  connectionLost,
  createFakeResourceServer,
  expired,
  type FakeResourceServer,
  type Thing,
} from '../testing/fake-resource-server.ts';
import { createRecordingLogger } from '../testing/recording-logger.ts';

// Turns of the event loop stand for time, so that a failing history can be replayed from its seed.
jest.unstable_mockModule('../wait/clock.ts', () => ({ sleep: () => turns(2) }));
const { createInformer } = await import('./informer.ts');
const { SilenceError } = await import('../client/exchange.ts');

const NAMES = ['a', 'b', 'c', 'd', 'e'];

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const silence = () => new SilenceError('body', 60_000);

const FAILURES: readonly (() => Error)[] = [
  connectionLost,
  silence,
  expired,
  () => new ApiError('GET /things', 429, {}),
  () => new ApiError('GET /things', 500, {}),
  () => new ApiError('GET /things', 404, {}),
  () => new SyntaxError('Unexpected token <'),
];

/** A write of ours that the server has carried out and whose answer is still on its way. */
type Answer =
  | { readonly type: 'written'; readonly object: Thing }
  | { readonly type: 'deleted'; readonly object: CachedObject };

/** An informer, its server, and a listener that knows only what it is told. */
interface World {
  readonly server: FakeResourceServer;
  readonly informer: Informer<CachedObject>;
  readonly told: Map<string, string>;
  readonly answers: Answer[];
  /** Errors of the next requests. */
  readonly failures: Error[];
  /** Aborted when the history is over. */
  readonly unwanted: AbortController;
  catchUp(): Promise<void>;
}

/** Something that happens; returns when it has. */
type Happening = (world: World) => Promise<void> | void;

function deliver({ informer, told, answers }: World, at: number): void {
  const [answer] = answers.splice(at, 1);
  switch (answer?.type) {
    case 'written': {
      const { name, resourceVersion } = answer.object.metadata;
      informer.observe(answer.object);
      // Who writes knows of it without being told.
      if (informer.get(name)?.resourceVersion === resourceVersion) told.set(name, resourceVersion);
      return;
    }
    case 'deleted': {
      const { name } = answer.object;
      informer.observeDeleted(answer.object);
      if (informer.get(name) === undefined) told.delete(name);
      return;
    }
    case undefined:
      return;
  }
}

const name = fc.constantFrom(...NAMES);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  named('put', name, (thing) => ({ server }) => {
    server.put(thing);
  }),
  named('remove', name, (thing) => ({ server }) => {
    server.remove(thing);
  }),
  named('put ourselves', name, (thing) => ({ server, answers }) => {
    answers.push({ type: 'written', object: server.put(thing) });
  }),
  named('remove ourselves', name, (thing) => ({ server, answers }) => {
    const removed = server.remove(thing);
    if (removed !== undefined) answers.push({ type: 'deleted', object: removed.metadata });
  }),
  named('answer', fc.nat(9), (n) => (world) => {
    deliver(world, n % Math.max(1, world.answers.length));
  }),
  named('wait', fc.integer({ min: 1, max: 12 }), (n) => () => turns(n)),
  named('bookmark', fc.constant(0), () => ({ server }) => {
    server.bookmark();
  }),
  named('write elsewhere', fc.constant(0), () => ({ server }) => {
    server.writeElsewhere();
  }),
  named('end the watch with failure', fc.nat(FAILURES.length - 1), (n) => ({ server }) => {
    server.endWatches(FAILURES[n]?.());
  }),
  named('end the watch in order', fc.constant(0), () => ({ server }) => {
    server.endWatches();
  }),
  named('send an ERROR event of code', fc.constantFrom(410, 500), (code) => ({ server }) => {
    server.sendLine(JSON.stringify({ type: 'ERROR', object: { code } }));
  }),
  named('freshen', fc.constant(0), () => ({ informer, unwanted }) => {
    void informer.freshen(0, unwanted.signal);
  }),
  named('compact', fc.constant(0), () => ({ server }) => {
    server.compact();
  }),
  named('fail the next request with failure', fc.nat(FAILURES.length - 1), (n) => (world) => {
    world.failures.push(FAILURES[n]?.() ?? connectionLost());
  }),
);

/** The same with a name that fast-check prints for a history that fails. */
function named<T>(
  what: string,
  detail: fc.Arbitrary<T>,
  make: (detail: T) => Happening,
): fc.Arbitrary<Happening> {
  return detail.map((value) =>
    Object.assign(make(value), { [fc.toStringMethod]: () => `${what} ${String(value)}` }),
  );
}

const latencies = fc.array(fc.nat(6), { minLength: 1, maxLength: 5 });

/** Runs an informer through a history and says what each side knows at the end. */
async function live(
  latency: readonly number[],
  play: (world: World) => Promise<void>,
): Promise<Record<'cache' | 'server' | 'told', Record<string, string>>> {
  let requests = 0;
  const server = createFakeResourceServer({
    pageSize: 2,
    turns: () => latency[requests++ % latency.length] ?? 0,
  });
  const informer = createInformer<CachedObject>({
    client: server.client,
    resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false },
    decode: ({ metadata }) => metadata,
    log: createRecordingLogger(),
  });
  const told = new Map<string, string>();
  informer.subscribe(({ type, key, object }: Change<CachedObject>) => {
    if (type === 'deleted') told.delete(key);
    else told.set(key, object.resourceVersion);
  });
  const failures: Error[] = [];
  server.fail(() => failures.shift());

  async function catchUp(): Promise<void> {
    const { name: last, resourceVersion } = server.put('the last of all').metadata;
    for (let i = 0; i < 2_000; i++) {
      if (informer.get(last)?.resourceVersion === resourceVersion) return;
      await turns(1);
    }
    throw new Error(`never caught up; requests: ${server.requests.slice(-9).join(', ')}`);
  }

  const unwanted = new AbortController();
  const world: World = { server, informer, told, answers: [], failures, unwanted, catchUp };
  const running = informer.run(unwanted.signal);
  try {
    await play(world);
    failures.length = 0;
    while (world.answers.length > 0) deliver(world, 0);
    await catchUp();
  } finally {
    unwanted.abort();
    await running;
  }
  return {
    server: Object.fromEntries(
      server.objects().map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    ),
    cache: Object.fromEntries([...informer.values()].map((o) => [o.name, o.resourceVersion])),
    told: Object.fromEntries(told),
  };
}

it('an informer ends up knowing what the server knows, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(
      latencies,
      fc.array(happening, { minLength: 1, maxLength: 40 }),
      async (latency, happenings) => {
        const known = await live(latency, async (world) => {
          for (const happen of happenings) await happen(world);
        });
        expect(known.cache).toEqual(known.server);
        expect(known.told).toEqual(known.server);
      },
    ),
    { numRuns: 1_000 },
  );
}, 60_000);

it('an informer ends up knowing what a restored server knows, though versions went back', async () => {
  const history = fc.array(happening, { minLength: 1, maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(latencies, history, history, history, async (latency, ...histories) => {
      const [before, lost, after] = histories;
      const known = await live(latency, async (world) => {
        const { server } = world;
        for (const happen of before) await happen(world);
        const restore = server.backUp();
        for (const happen of lost) await happen(world);
        // Nothing is on its way while a server is restored.
        world.failures.length = 0;
        while (world.answers.length > 0) deliver(world, 0);
        await world.catchUp();
        restore();
        const { length } = server.requests;
        const restored = `watch from ${server.version()}`;
        // Versions that are given out again before anyone looked cannot be told from the old ones.
        for (let i = 0; !server.requests.slice(length).includes(restored); i++) {
          if (i > 2_000) throw new Error('the informer never listed again');
          await turns(1);
          // A watch from the future brings nothing, until its silence is noticed.
          if (!server.requests.slice(length).includes('list')) server.endWatches(silence());
        }
        for (const happen of after) await happen(world);
      });
      expect(known.cache).toEqual(known.server);
      expect(known.told).toEqual(known.server);
    }),
    { numRuns: 300 },
  );
}, 60_000);
