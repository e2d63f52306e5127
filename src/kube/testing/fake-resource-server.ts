// SPDX-License-Identifier: Apache-2.0
// One resource of an API server in memory, for tests of what lists and watches: versions, pages,
// watches with bookmarks, a history that is forgotten or taken back. It answers as the real one does
// (tried on 1.37), and can be told to be slow or to fail.
import { ApiError } from '../client/api-error.ts';
import type { ApiRequest, KubeClient, WatchRequest } from '../client/client.ts';
import type { RawObject, WatchEvent } from '../informer/watch-events.ts';

/** An object of the fake resource. */
export interface Thing extends RawObject {
  readonly colour?: string;
}

/** See {@link createFakeResourceServer}. */
export interface FakeResourceServer {
  readonly client: KubeClient;
  /** In order: `list`, `page`, or `watch from 12`, whatever came of it. */
  readonly requests: readonly string[];
  /** The query of the newest request. */
  lastQuery(): ApiRequest['query'];
  /** Creates or updates an object. */
  put(name: string, more?: Pick<Thing, 'colour'>): Thing;
  /** Deletes an object and returns its last state. */
  remove(name: string): Thing | undefined;
  objects(): readonly Thing[];
  version(): string;
  /** Writes to other resources move the version on. */
  writeElsewhere(): void;
  /** Forgets the history: whoever is behind, or in the middle of a list, gets 410. */
  compact(): void;
  /** Sends all watches a bookmark. */
  bookmark(): void;
  /** Sends all watches a line. */
  sendLine(line: string): void;
  /** Ends all watches: in order, or with an error. Returns how many. */
  endWatches(error?: Error): number;
  openWatches(): number;
  /** Sends the open watches nothing more, without ending them: dead connections. */
  forgetWatches(): void;
  /** Remembers everything as it is now; the function returned goes back to it, as a restored etcd does. */
  backUp(): () => void;
  /** Fails requests from now on, as long as `rule` gives an error. Returns the end of it. */
  fail(rule: (request: string) => Error | undefined): () => void;
}

interface State {
  readonly version: number;
  readonly compacted: number;
  readonly objects: ReadonlyMap<string, Thing>;
  readonly history: readonly (WatchEvent & { readonly at: number })[];
}

interface OpenWatch {
  readonly lines: string[];
  readonly from: number;
  end: { readonly error: Error | undefined } | undefined;
  wake: () => void;
}

/** An `AbortError` as Node makes it. */
function abortError(): Error {
  return Object.assign(new Error('This operation was aborted'), { name: 'AbortError' });
}

/** What the API server answers to a version of long ago. */
export function expired(): ApiError {
  return new ApiError('GET /things', 410, { reason: 'Expired', message: 'too old' });
}

/** A connection that is lost. */
export function connectionLost(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/**
 * An empty server.
 * @param options.pageSize objects a page holds at most, whatever limit was asked for.
 * @param options.turns how many turns of the event loop the next way to or from the server takes.
 */
export function createFakeResourceServer(
  options: { readonly pageSize?: number; readonly turns?: () => number } = {},
): FakeResourceServer {
  const { pageSize = 500, turns = () => 0 } = options;
  let state: State = { version: 10, compacted: 0, objects: new Map(), history: [] };
  let uids = 0;
  let query: ApiRequest['query'];
  const requests: string[] = [];
  const watches = new Set<OpenWatch>();
  const rules = new Set<(request: string) => Error | undefined>();
  const snapshots = new Map<string, { readonly at: State; readonly offset: number }>();

  function happen(event: WatchEvent, objects: Map<string, Thing>): void {
    const version = state.version + 1;
    state = { ...state, version, objects, history: [...state.history, { ...event, at: version }] };
    for (const watch of watches) {
      // One from the future waits until the future has come.
      if (version > watch.from) send(watch, event);
    }
  }

  function send(watch: OpenWatch, { type, object }: WatchEvent): void {
    sendLine(watch, JSON.stringify({ type, object }));
  }

  function sendLine(watch: OpenWatch, line: string): void {
    if (watch.end !== undefined) return;
    watch.lines.push(`${line}\n`);
    watch.wake();
  }

  async function travel(): Promise<void> {
    for (let turn = turns(); turn > 0; turn--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function arrive(request: string, signal: AbortSignal | undefined): Promise<void> {
    requests.push(request);
    await travel();
    if (signal?.aborted === true) throw abortError();
    for (const rule of rules) {
      const error = rule(request);
      if (error !== undefined) throw error;
    }
  }

  async function list(request: ApiRequest): Promise<unknown> {
    const token = request.query?.['continue'];
    await arrive(token === undefined ? 'list' : 'page', request.signal);
    query = request.query;
    const from = token === undefined ? { at: state, offset: 0 } : snapshots.get(token);
    if (from === undefined || from.at.version < state.compacted) throw expired();
    const all = [...from.at.objects.values()];
    const end = from.offset + Math.min(pageSize, Number(request.query?.['limit']));
    const next = `${from.at.version}:${end}`;
    if (end < all.length) snapshots.set(next, { at: from.at, offset: end });
    // The answer is of this moment, whenever it comes.
    await travel();
    return {
      metadata: {
        resourceVersion: String(from.at.version),
        ...(end < all.length ? { continue: next } : {}),
      },
      // What Go writes for an empty slice.
      items: all.length === 0 ? null : all.slice(from.offset, end),
    };
  }

  async function* watch(request: WatchRequest): AsyncIterable<Uint8Array> {
    const from = Number(request.query?.['resourceVersion']);
    await arrive(`watch from ${from}`, request.signal);
    query = request.query;
    request.onOpen?.();
    const { wake, open } = openWatch(from);
    watches.add(open);
    request.signal.addEventListener('abort', wake);
    if (from < state.compacted) {
      const status = { code: 410, reason: 'Expired', message: 'too old resource version' };
      open.lines.push(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      open.end = { error: undefined };
    } else {
      for (const event of state.history) if (event.at > from) send(open, event);
    }
    try {
      for (;;) {
        if (request.signal.aborted) throw abortError();
        if (open.lines.length > 0) yield new TextEncoder().encode(open.lines.splice(0).join(''));
        else if (open.end === undefined) await new Promise<void>((r) => (open.wake = r));
        else if (open.end.error === undefined) return;
        else throw open.end.error;
      }
    } finally {
      watches.delete(open);
      request.signal.removeEventListener('abort', wake);
    }
  }

  function openWatch(from: number): { open: OpenWatch; wake: () => void } {
    const open: OpenWatch = { lines: [], from, end: undefined, wake: () => undefined };
    return {
      open,
      wake: () => {
        open.wake();
      },
    };
  }

  function endWatches(error?: Error): number {
    for (const open of watches) {
      open.end ??= { error };
      open.wake();
    }
    return watches.size;
  }

  return {
    client: {
      request: async <T>(request: ApiRequest) => (await list(request)) as T,
      watch,
      close: () => undefined,
    },
    requests,
    lastQuery: () => query,
    put(name, more = {}) {
      const known = state.objects.get(name);
      const object: Thing = {
        metadata: {
          name,
          uid: known?.metadata.uid ?? `uid-${String(++uids)}`,
          resourceVersion: String(state.version + 1),
        },
        ...more,
      };
      const type = known === undefined ? 'ADDED' : 'MODIFIED';
      happen({ type, object }, new Map(state.objects).set(name, object));
      return object;
    },
    remove(name) {
      const known = state.objects.get(name);
      if (known === undefined) return undefined;
      const objects = new Map(state.objects);
      objects.delete(name);
      const object: Thing = {
        ...known,
        metadata: { ...known.metadata, resourceVersion: String(state.version + 1) },
      };
      happen({ type: 'DELETED', object }, objects);
      return known;
    },
    objects: () => [...state.objects.values()],
    version: () => String(state.version),
    writeElsewhere() {
      state = { ...state, version: state.version + 1 };
    },
    compact() {
      state = { ...state, version: state.version + 1, compacted: state.version + 1, history: [] };
    },
    bookmark() {
      const object = { metadata: { resourceVersion: String(state.version) } } as RawObject;
      for (const open of watches) send(open, { type: 'BOOKMARK', object });
    },
    sendLine(line) {
      for (const open of watches) sendLine(open, line);
    },
    endWatches,
    openWatches: () => watches.size,
    forgetWatches() {
      watches.clear();
    },
    backUp() {
      const backup = state;
      return () => {
        state = { ...backup, compacted: backup.version, history: [] };
        endWatches();
      };
    },
    fail(rule) {
      rules.add(rule);
      return () => rules.delete(rule);
    },
  };
}
