// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../client/api-error.ts';
import { createInformer, type Informer, type InformerOptions } from './informer.ts';
import type { CachedObject, Change } from './object-cache.ts';
import type { Resource } from '../client/resource.ts';
import { SilenceError } from '../client/exchange.ts';
import {
  connectionLost,
  createFakeResourceServer,
  expired,
  type FakeResourceServer,
  type Thing,
} from '../testing/fake-resource-server.ts';
import { createRecordingLogger } from '../testing/recording-logger.ts';
import type { RawObject } from './watch-events.ts';

const things: Resource = {
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  namespaced: false,
};

interface CachedThing extends CachedObject {
  readonly colour: string | undefined;
}

function decode(raw: RawObject): CachedThing {
  const { metadata, colour } = raw as Thing;
  if (colour === 'undecodable') throw new Error('no such colour');
  return { ...metadata, colour };
}

const silence = () => new SilenceError('body', 60_000);

let server: FakeResourceServer;
let informer: Informer<CachedThing>;
let changes: string[];
let log: ReturnType<typeof createRecordingLogger>;
let stop: AbortController;
let running: Promise<void>;

function prepare(
  options: Partial<InformerOptions<CachedThing>> = {},
  serverOptions?: Parameters<typeof createFakeResourceServer>[0],
): void {
  server = createFakeResourceServer(serverOptions);
  log = createRecordingLogger();
  stop = new AbortController();
  changes = [];
  informer = createInformer({
    client: server.client,
    resource: things,
    decode,
    log,
    timing: { backoff: { baseMs: 1, maxMs: 4 } },
    ...options,
  });
  informer.subscribe(({ type, key, object, source }: Change<CachedThing>) =>
    changes.push(
      `${type} ${key}${object.colour === undefined ? '' : ` ${object.colour}`} ${source}`,
    ),
  );
  running = Promise.resolve();
}

function run(): void {
  running = informer.run(stop.signal);
}

async function runUntilWatching(): Promise<void> {
  run();
  await until(() => server.openWatches() === 1);
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!isTrue()) {
    if (performance.now() > deadline) {
      throw new Error(
        `this never came true: ${String(isTrue)}; requests: ${server.requests.slice(-9).join(', ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Waits until the informer has taken in all that has happened on the server. */
async function untilCaughtUp(): Promise<void> {
  const { metadata } = server.put('the last of all');
  await until(() => informer.get('the last of all')?.resourceVersion === metadata.resourceVersion);
  expect(contents()).toEqual(onServer());
  changes = changes.filter((change) => !change.includes('the last of all'));
}

const contents = () =>
  [...informer.values()]
    .map(({ name, uid, resourceVersion }) => [name, uid, resourceVersion])
    .toSorted();
const onServer = () =>
  server
    .objects()
    .map(({ metadata: { name, uid, resourceVersion } }) => [name, uid, resourceVersion])
    .toSorted();
const lines = (...levels: string[]) => log.lines.filter(({ level }) => levels.includes(level));
const requestsSince = (start: number) => server.requests.slice(start);

beforeEach(() => {
  prepare();
});

afterEach(async () => {
  stop.abort();
  await running;
});

describe('starting', () => {
  it('lists page by page, then watches from the moment of the list, with bookmarks', async () => {
    prepare({ labelSelector: 'a=b', fieldSelector: 'metadata.name=c' }, { pageSize: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name);
    await runUntilWatching();
    expect(server.requests).toEqual(['list', 'page', 'page', 'watch from 15']);
    expect(server.lastQuery()).toMatchObject({
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=c',
      allowWatchBookmarks: 'true',
    });
    expect(contents()).toEqual(onServer());
    expect(changes).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `added ${name} list`));
  });

  it('is synced only when the last page is in the cache', async () => {
    prepare({}, { pageSize: 1 });
    for (const name of ['a', 'b', 'c']) server.put(name);
    let sizeWhenSynced: number | undefined;
    void informer.synced.then(() => (sizeWhenSynced = informer.size));
    informer.subscribe(() => {
      expect(informer.hasSynced()).toBe(false);
    });
    run();
    await informer.synced;
    expect(sizeWhenSynced).toBe(3);
    expect(informer.hasSynced()).toBe(true);
  });

  it('is synced when there is nothing', async () => {
    run();
    await informer.synced;
    expect(informer.size).toBe(0);
  });

  it('sees what changes while it reads the pages, once', async () => {
    prepare({}, { pageSize: 1 });
    for (const name of ['a', 'b', 'c']) server.put(name, { colour: 'red' });
    let done = false;
    server.fail((request) => {
      if (request === 'page' && !done) {
        done = true;
        server.put('a', { colour: 'blue' });
        server.remove('c');
        server.put('d');
      }
      return undefined;
    });
    run();
    await until(() => informer.get('d') !== undefined);
    expect(changes).toEqual([
      'added a red list',
      'added b red list',
      'added c red list',
      'updated a blue watch',
      'deleted c red watch',
      'added d watch',
    ]);
    expect(contents()).toEqual(onServer());
  });

  it('begins anew when the server forgets the list in the middle of it', async () => {
    prepare({}, { pageSize: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name);
    let pages = 0;
    server.fail((request) => {
      if (request !== 'page' || ++pages !== 2) return undefined;
      server.remove('a');
      server.put('f');
      server.compact();
      return undefined;
    });
    await runUntilWatching();
    expect(server.requests.slice(0, 6)).toEqual(['list', 'page', 'page', 'list', 'page', 'page']);
    expect(contents()).toEqual(onServer());
    expect(changes.filter((change) => change.includes(' a '))).toEqual([
      'added a list',
      'deleted a list',
    ]);
  });

  it.each([
    ['not there yet', 404],
    ['forbidden', 403],
    ['refused for the credentials', 401],
    ['unavailable', 503],
  ])('waits for a resource that is %s, says why, and goes on', async (_, code) => {
    server.put('a');
    const end = server.fail(() => new ApiError('GET /things', code, { message: 'not now' }));
    run();
    await until(() => server.requests.length >= 5);
    expect(informer.hasSynced()).toBe(false);
    expect(informer.problem()).toMatchObject({ code });
    expect(lines('warn').map(({ message }) => message)).toEqual([
      'things: cannot list or watch, trying again',
    ]);
    expect(lines('warn')[0]?.fields['error']).toContain('not now');
    end();
    await informer.synced;
    await until(() => informer.problem() === undefined);
    expect(contents()).toEqual(onServer());
    expect(lines('info')).toHaveLength(1);
  });

  it('asks for the metadata alone where that is enough', async () => {
    const accepted: (string | undefined)[] = [];
    const { client } = server;
    prepare({ transfer: 'metadata' });
    informer = createInformer({
      client: {
        ...client,
        request: (request) => {
          accepted.push(request.accept);
          return server.client.request(request);
        },
        watch: (request) => {
          accepted.push(request.accept);
          return server.client.watch(request);
        },
      },
      resource: things,
      transfer: 'metadata',
      decode,
      log,
    });
    await runUntilWatching();
    expect(accepted).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
  });
});

describe('watching', () => {
  it('tells of every change as it happens', async () => {
    await runUntilWatching();
    server.put('a', { colour: 'red' });
    server.put('a', { colour: 'blue' });
    server.remove('a');
    server.put('a', { colour: 'green' });
    await untilCaughtUp();
    expect(changes).toEqual([
      'added a red watch',
      'updated a blue watch',
      'deleted a blue watch',
      'added a green watch',
    ]);
  });

  it('keeps up with a burst, in order', async () => {
    await runUntilWatching();
    const seen: string[] = [];
    informer.subscribe(({ object }) => seen.push(object.resourceVersion));
    for (let i = 0; i < 3_000; i++) server.put(`thing-${i % 100}`);
    await until(() => seen.length === 3_000);
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, i) => String(11 + i)));
    expect(contents()).toEqual(onServer());
  });

  it('lists again after a lost connection: the server behind it might hold another history', async () => {
    await runUntilWatching();
    server.put('a');
    await until(() => informer.get('a') !== undefined);
    server.endWatches(connectionLost());
    server.put('a', { colour: 'blue' });
    await until(() => informer.get('a')?.colour === 'blue');
    expect(server.requests).toEqual(['list', 'watch from 10', 'list', 'watch from 12']);
    expect(changes).toEqual(['added a watch', 'updated a blue list']);
  });

  it('lists again where the server ends one watch after the other too early', async () => {
    await runUntilWatching();
    for (let ended = 1; ended <= 3; ended++) {
      server.endWatches();
      await until(() => server.requests.filter((each) => each !== 'list').length === 1 + ended);
      await until(() => server.openWatches() === 1);
    }
    const watch = 'watch from 10';
    expect(server.requests).toEqual(['list', watch, watch, watch, 'list', watch]);
  });

  it('goes on where the server ended a watch, without a list', async () => {
    await runUntilWatching();
    server.put('a');
    await until(() => informer.get('a') !== undefined);
    server.endWatches();
    server.put('a', { colour: 'blue' });
    await until(() => informer.get('a')?.colour === 'blue');
    expect(server.requests).toEqual(['list', 'watch from 10', 'watch from 11']);
    expect(changes).toEqual(['added a watch', 'updated a blue watch']);
  });

  it('resumes from a bookmark where that was the last that came', async () => {
    await runUntilWatching();
    for (let i = 0; i < 5; i++) server.writeElsewhere();
    server.bookmark();
    server.put('a');
    await until(() => informer.get('a') !== undefined);
    for (let i = 0; i < 5; i++) server.writeElsewhere();
    server.bookmark();
    await untilWatchingFrom('21');
    expect(changes).toEqual(['added a watch']);
    expect(server.requests.filter((request) => request === 'list')).toHaveLength(1);
  });

  async function untilWatchingFrom(version: string): Promise<void> {
    await until(() => {
      server.endWatches();
      return server.requests.includes(`watch from ${version}`);
    });
  }

  it('does not lose sight of what happens while it cannot connect', async () => {
    await runUntilWatching();
    server.put('a');
    server.put('b');
    await until(() => informer.size === 2);
    const end = server.fail(() => connectionLost());
    server.endWatches(connectionLost());
    server.remove('a');
    server.put('b', { colour: 'blue' });
    server.put('c');
    const tried = server.requests.length;
    await until(() => server.requests.length > tried + 5);
    end();
    await untilCaughtUp();
    expect(changes.slice(2)).toEqual(['updated b blue list', 'added c list', 'deleted a list']);
  });
});

describe('when the server has forgotten where the watch was', () => {
  it.each<[string, () => void]>([
    ['an ERROR event says so', () => undefined],
    [
      'the answer is 410',
      () => {
        const end = server.fail((request) => {
          if (!request.startsWith('watch')) return undefined;
          end();
          return expired();
        });
      },
    ],
  ])('(%s) lists again and tells of what was changed and deleted meanwhile', async (_, spoil) => {
    await runUntilWatching();
    for (const name of ['stays', 'goes', 'changes', 'is made anew']) server.put(name);
    await until(() => informer.size === 4);
    const before = server.requests.length;
    server.endWatches();
    server.remove('goes');
    server.put('changes', { colour: 'blue' });
    server.remove('is made anew');
    server.put('is made anew', { colour: 'green' });
    server.put('comes');
    server.compact();
    spoil();
    await until(() => informer.get('comes') !== undefined);
    await untilCaughtUp();
    expect(requestsSince(before).slice(0, 3)).toEqual(['watch from 14', 'list', 'watch from 20']);
    expect(changes.slice(4).toSorted()).toEqual([
      'added comes list',
      'deleted goes list',
      'updated changes blue list',
      'updated is made anew green list',
    ]);
  });
});

describe('when what comes is not what a watch is', () => {
  it.each([
    ['an internal error', '{"type":"ERROR","object":{"code":500,"message":"cannot decode"}}'],
    ['no JSON', '<html>'],
    ['JSON that is no event', '{"kind":"Status","code":503}'],
    ['half an object', '{"type":"MODIFIED","object":{}}'],
  ])('(%s) does not trust the rest, and lists again', async (_, line) => {
    await runUntilWatching();
    server.put('a');
    await until(() => informer.size === 1);
    server.sendLine(line);
    await until(() => server.requests.filter((request) => request === 'list').length === 2);
    await untilCaughtUp();
    expect(changes).toEqual(['added a watch']);
  });

  it('lists again after silence, which may be that of a server that waits for the version', async () => {
    await runUntilWatching();
    server.put('a');
    await until(() => informer.size === 1);
    server.endWatches(silence());
    await until(() => server.requests.filter((request) => request === 'list').length === 2);
    await untilCaughtUp();
  });

  it('leaves an object out that cannot be decoded, and goes on with the others', async () => {
    server.put('bad', { colour: 'undecodable' });
    server.put('good', { colour: 'red' });
    await runUntilWatching();
    expect(changes).toEqual(['added good red list']);
    server.put('good', { colour: 'undecodable' });
    server.put('other');
    await until(() => informer.get('other') !== undefined);
    expect(informer.get('good')?.colour).toBe('red');
    expect(lines('error').map(({ fields }) => fields['name'])).toEqual(['bad', 'good']);
    server.put('bad', { colour: 'blue' });
    server.remove('good');
    await until(() => informer.get('good') === undefined);
    expect(informer.get('bad')?.colour).toBe('blue');
    expect(server.requests).toEqual(['list', 'watch from 12']);
  });
});

describe('when the server’s history was rewound', () => {
  async function beforeAndAfter(): Promise<() => void> {
    server.put('stays');
    server.put('changes', { colour: 'old' });
    server.put('was deleted');
    const restore = server.backUp();
    await runUntilWatching();
    server.put('changes', { colour: 'new' });
    server.put('was made');
    server.remove('was deleted');
    await until(() => informer.get('was deleted') === undefined);
    changes = [];
    return restore;
  }

  it.each<[string, () => void]>([
    [
      'the server says that it does not know the version',
      () => {
        const end = server.fail((request) => {
          if (!request.startsWith('watch')) return undefined;
          end();
          return new ApiError('watch /things', 504, {
            message: 'Too large resource version',
            details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
          });
        });
      },
    ],
    [
      'the server was away, and its versions have passed the known ones since',
      () => {
        const end = server.fail((request) => {
          if (!request.startsWith('watch')) return undefined;
          end();
          for (let i = 0; i < 10; i++) server.writeElsewhere();
          return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        });
      },
    ],
    [
      'the server keeps silent',
      () => {
        void until(() => server.requests.at(-1) === 'watch from 16').then(() => {
          server.endWatches(silence());
        });
      },
    ],
  ])('(%s) believes the server over its own memory', async (_, tell) => {
    const restore = await beforeAndAfter();
    restore();
    tell();
    await until(() => informer.get('was deleted') !== undefined);
    await untilCaughtUp();
    expect(informer.get('changes')?.colour).toBe('old');
    expect(changes.toSorted()).toContain('deleted was made list');
    expect(changes.toSorted()).toContain('added was deleted list');
  });
});

describe('our own writes', () => {
  it('are there before the watch tells of them, and are no news', async () => {
    await runUntilWatching();
    const { metadata } = server.put('elsewhere');
    await until(() => informer.size === 1);
    informer.observe({
      ...server.put('elsewhere', { colour: 'ours' }),
      metadata: { ...metadata, resourceVersion: '12' },
    });
    expect(informer.get('elsewhere')).toMatchObject({ colour: 'ours', resourceVersion: '12' });
    await untilCaughtUp();
    expect(changes).toEqual(['added elsewhere watch']);
  });

  it('do not bring an object back that somebody deleted before their answer came', async () => {
    await runUntilWatching();
    const written = server.put('a');
    server.remove('a');
    await untilCaughtUp();
    informer.observe(written);
    expect(informer.get('a')).toBeUndefined();
  });

  it('do not bring an object back that a list no longer holds', async () => {
    const written = server.put('a');
    server.remove('a');
    await runUntilWatching();
    informer.observe(written);
    expect(informer.get('a')).toBeUndefined();
  });

  it('are taken in before the first list, and checked by it', async () => {
    const gone = server.put('gone');
    server.remove('gone');
    informer.observe(gone);
    informer.observe(server.put('there'));
    await runUntilWatching();
    expect(contents()).toEqual(onServer());
  });
});

describe('freshening', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'is not forgotten where the server ends the watch at that moment, %i turns before',
    async (turns) => {
      await runUntilWatching();
      server.endWatches();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await informer.freshen(0, AbortSignal.any([stop.signal, AbortSignal.timeout(2_000)]));
      expect(server.requests.filter((each) => each === 'list')).toHaveLength(2);
    },
  );

  it('lists again, and resolves when that is in the cache', async () => {
    await runUntilWatching();
    // Of all this the watch brings nothing: its connection is dead and nobody knows.
    server.forgetWatches();
    server.put('a');
    await informer.freshen(0, stop.signal);
    expect(contents()).toEqual(onServer());
    await untilCaughtUp();
    expect(changes).toEqual(['added a list']);
  });

  it('is content with a list that is young enough', async () => {
    await runUntilWatching();
    await informer.freshen(60_000, stop.signal);
    expect(server.requests).toEqual(['list', 'watch from 10']);
  });

  it('takes nothing back that happens while it lists', async () => {
    prepare({}, { pageSize: 1, turns: () => 3 });
    for (const name of ['a', 'b', 'c']) server.put(name, { colour: 'old' });
    await runUntilWatching();
    let done = false;
    server.fail((request) => {
      if (request !== 'page' || done) return undefined;
      done = true;
      server.remove('c');
      server.put('b', { colour: 'new' });
      server.put('d');
      return undefined;
    });
    await informer.freshen(0, stop.signal);
    await untilCaughtUp();
    expect(informer.get('b')?.colour).toBe('new');
    expect(informer.get('c')).toBeUndefined();
  });

  it('goes on trying for as long as it is wanted', async () => {
    await runUntilWatching();
    const end = server.fail(() => connectionLost());
    const given = new AbortController();
    const givenUp = informer.freshen(0, given.signal);
    const freshened = informer.freshen(0, stop.signal);
    await until(() => server.requests.length > 6);
    given.abort();
    await givenUp;
    expect(informer.problem()).toBeDefined();
    server.put('a');
    end();
    await freshened;
    expect(informer.get('a')).toBeDefined();
  });
});

describe('an outage', () => {
  it('is told when it begins, now and again, and once when it is over', async () => {
    await runUntilWatching();
    const end = server.fail(() => connectionLost());
    server.endWatches(connectionLost());
    const before = server.requests.length;
    await until(() => server.requests.length > before + 25);
    expect(informer.problem()).toBeDefined();
    const attempts = server.requests.length - before;
    const told = lines('info', 'warn').map(({ message }) => message);
    expect(new Set(told)).toEqual(new Set(['things: cannot list or watch, trying again']));
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThanOrEqual(1 + attempts / 10);
    end();
    await until(() => informer.problem() === undefined);
    await untilCaughtUp();
    expect(lines('info').map(({ message }) => message)).toEqual([
      'things: listing and watching again',
    ]);
  });

  it('is told, too, that begins with watches that the server ends in order', async () => {
    await runUntilWatching();
    for (let i = 3; i <= 4; i++) {
      server.endWatches();
      await until(() => server.requests.length === i);
    }
    server.fail(() => connectionLost());
    server.endWatches();
    await until(() => lines('warn').length > 0);
    expect(lines('warn')[0]?.fields).toMatchObject({ failures: 1 });
  });

  it('is over when the server takes the watch, however long the first event is in coming', async () => {
    await runUntilWatching();
    const end = server.fail(() => connectionLost());
    server.endWatches(connectionLost());
    await until(() => informer.problem() !== undefined);
    end();
    await until(() => informer.problem() === undefined);
    expect(server.openWatches()).toBe(1);
  });

  it('that is no more than a silent watch is not told', async () => {
    await runUntilWatching();
    server.endWatches(silence());
    await until(() => server.openWatches() === 1 && server.requests.length === 4);
    expect(lines('info', 'warn', 'error')).toEqual([]);
  });
});

describe('stopping', () => {
  it.each<[string, () => Promise<void>]>([
    ['while it watches', runUntilWatching],
    [
      'while it waits to try again',
      async () => {
        prepare({ timing: { backoff: { baseMs: 3_600_000, maxMs: 3_600_000 } } });
        server.fail(() => connectionLost());
        run();
        await until(() => informer.problem() !== undefined);
      },
    ],
    [
      'before it began',
      () => {
        stop.abort();
        run();
        return Promise.resolve();
      },
    ],
    [
      'in the middle of a list',
      async () => {
        prepare({}, { turns: () => 100 });
        run();
        await until(() => server.requests.length === 1);
      },
    ],
  ])('(%s) ends it at once, without an error and without another request', async (_, begin) => {
    await begin();
    const warnings = lines('warn').length;
    stop.abort();
    await running;
    const { length } = server.requests;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.requests).toHaveLength(length);
    expect(server.openWatches()).toBe(0);
    expect(lines('warn', 'error')).toHaveLength(warnings);
  });
});
