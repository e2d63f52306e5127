// SPDX-License-Identifier: Apache-2.0
// An informer that never goes silent: it lists in pages, watches from there with bookmarks, goes on
// where the server ended a watch, lists again after whatever else ended it, notices dead connections,
// and tells of what was deleted meanwhile.
import { aborted, withLinkedSignal } from '../wait/abort.ts';
import { classifyError, errorMessage } from '../client/api-error.ts';
import { backoffMs, type BackoffBounds } from '../wait/backoff.ts';
import type { Logger } from '../logger.ts';
import {
  type CachedObject,
  type ChangeListener,
  compareResourceVersions,
  createObjectCache,
  isOfLostHistory,
  type ReadonlyObjectCache,
} from './object-cache.ts';
import { objectKey } from '../client/resource.ts';
import { sleep } from '../wait/clock.ts';
import { canResume, createListWatch, isSilence, type ListWatchOptions } from './list-watch.ts';
import type { RawObject } from './watch-events.ts';

/** What an informer watches and what it keeps of it. */
export interface InformerOptions<T extends CachedObject> extends ListWatchOptions {
  /** Keeps of an object what is compared later, and drops the rest: memory is what it keeps. */
  readonly decode: (raw: RawObject) => T;
  readonly log: Logger;
  readonly timing?: Partial<InformerTiming>;
}

/** Times in milliseconds. */
export interface InformerTiming {
  /** Between attempts that fail. */
  readonly backoff: BackoffBounds;
  /**
   * Silence after which a watch counts as dead. The API server sends a bookmark a minute, but the
   * first on a resource that nobody has written since it started only after two (measured on 1.37).
   */
  readonly idleTimeoutMs: number;
  /** The server ends a watch after this and up to twice this time; client-go's is 5 to 10 min. */
  readonly watchTimeoutMs: number;
  /** A watch that lived as long was healthy: its end is no failure. */
  readonly healthyAfterMs: number;
}

/** A live view of one resource. */
export interface Informer<T> extends ReadonlyObjectCache<T> {
  /** Resolves when the first complete list is in the cache. */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** Why there is no view yet, or the view may be old: the last failure, until it is overcome. */
  problem(): unknown;
  subscribe(listener: ChangeListener<T>): () => void;
  /** Takes in the answer to a write of ours, so that what we read next is what we wrote. */
  observe(raw: RawObject): void;
  /** Takes in that we deleted an object. */
  observeDeleted(object: CachedObject): void;
  /**
   * Lists again, unless that was done within the last `maxAgeMs` milliseconds: a watch can be dead
   * for a while before that is noticed, and who begins to act must not act on what it knew then.
   * Resolves when it has come true, however long that takes, or when `signal` is aborted; never rejects.
   */
  freshen(maxAgeMs: number, signal: AbortSignal): Promise<void>;
  /** Lists and watches until `signal` is aborted; never rejects. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

const DEFAULT_TIMING: InformerTiming = {
  backoff: { baseMs: 200, maxMs: 10_000 },
  idleTimeoutMs: 150_000,
  watchTimeoutMs: 300_000,
  healthyAfterMs: 5_000,
};

/**
 * Watches in a row that the server may end too early, and that go on where they were: the pauses until then are shorter
 * than it takes to restore an etcd.
 */
const MAX_RESUMED_EARLY = 2;

/** An informer; `run` starts it. */
export function createInformer<T extends CachedObject>(options: InformerOptions<T>): Informer<T> {
  const { resource, log } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const listWatch = createListWatch(options);
  const cache = createObjectCache<T>();
  const { promise: synced, resolve: resolveSynced } = Promise.withResolvers<undefined>();
  let hasSynced = false;
  let mustList = true;
  /** When the server was asked for the list that was taken in last; it is of then or later. */
  let listedAt = -Infinity;
  let listed = Promise.withResolvers<undefined>();
  /** Ends the watch that is under way. */
  let interrupt = new AbortController();
  let problem: unknown;
  let problemWasTold = false;
  /** The newest version that a list or the watch told of: where the next watch begins. */
  let version: string | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    /** For the pauses; a watch that the server ends too early is one, and no error. */
    let failures = 0;
    let errors = 0;
    while (!signal.aborted) {
      let watchingSince = Infinity;
      const wasHealthy = (): boolean => performance.now() - watchingSince >= timing.healthyAfterMs;
      try {
        interrupt = new AbortController();
        if (mustList) await list(signal);
        await withLinkedSignal([signal, interrupt.signal], (linked) =>
          watch(linked, () => {
            watchingSince = performance.now();
            recovered();
          }),
        );
        // The server ended it, as it does after watchTimeoutMs. One that ends it earlier might be going down.
        if (wasHealthy()) failures = errors = 0;
        else {
          failures++;
          mustList ||= failures > MAX_RESUMED_EARLY;
          await pause(failures, signal);
        }
      } catch (error) {
        if (isAborted(signal)) return;
        if (isAborted(interrupt.signal)) continue;
        if (wasHealthy()) failures = errors = 0;
        mustList ||= !canResume(error);
        failures++;
        failed(error, ++errors);
        const isExpired = classifyError(error) === 'expired';
        await pause(isExpired ? Math.min(failures, 3) : failures, signal);
      }
    }
  }

  async function list(signal: AbortSignal): Promise<void> {
    const keys = new Set<string>();
    const askedAt = performance.now();
    let page = await listWatch.listPage(undefined, signal);
    const listVersion = page.metadata.resourceVersion;
    const isRewound = version !== undefined && compareResourceVersions(listVersion, version) < 0;
    for (;;) {
      for (const raw of page.items ?? []) {
        const key = objectKey(raw.metadata);
        keys.add(key);
        const known = cache.get(key);
        if (
          known !== undefined &&
          (isRewound || isOfLostHistory(known, raw.metadata, listVersion))
        ) {
          cache.deleteSilently(known);
        }
        take(raw, 'list');
      }
      if ((page.metadata.continue ?? '') === '') break;
      page = await listWatch.listPage(page.metadata.continue, signal);
    }
    cache.retain(keys, isRewound ? undefined : listVersion);
    version = listVersion;
    mustList = false;
    listedAt = askedAt;
    listed.resolve(undefined);
    listed = Promise.withResolvers();
    hasSynced = true;
    resolveSynced(undefined);
  }

  async function watch(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const events = listWatch.watch({
      resourceVersion: version,
      timeoutMs: timing.watchTimeoutMs * (1 + Math.random()),
      idleTimeoutMs: timing.idleTimeoutMs,
      signal,
      onOpen,
    });
    for await (const { type, object } of events) {
      const { resourceVersion } = object.metadata;
      if (version !== undefined && compareResourceVersions(resourceVersion, version) < 0) {
        throw new Error("the server's history was rewound");
      }
      if (type === 'DELETED') cache.delete(object.metadata, 'watch');
      else if (type !== 'BOOKMARK') take(object, 'watch');
      version = resourceVersion;
    }
  }

  /** An object that cannot be decoded must not stop the view of all the others. */
  function take(raw: RawObject, source: 'list' | 'watch'): void {
    let object: T;
    try {
      object = options.decode(raw);
    } catch (error) {
      log.error(`${resource.plural}: an object cannot be read and is left out`, {
        name: raw.metadata.name,
        namespace: raw.metadata.namespace,
        error,
      });
      return;
    }
    cache.put(object, source);
  }

  function failed(error: unknown, errors: number): void {
    problem = error;
    // One line when it begins, then one now and again: an outage is not a flood, and a watch that
    // kept silent is looked into before it is news.
    const isNews = (errors === 1 && !isSilence(error)) || errors % 10 === 0;
    problemWasTold ||= isNews;
    log[isNews ? 'warn' : 'debug'](`${resource.plural}: cannot list or watch, trying again`, {
      error: errorMessage(error),
      failures: errors,
    });
  }

  function recovered(): void {
    if (problemWasTold) log.info(`${resource.plural}: listing and watching again`);
    problemWasTold = false;
    problem = undefined;
  }

  async function pause(failures: number, signal: AbortSignal): Promise<void> {
    await sleep(backoffMs(failures, timing.backoff), signal).catch(() => undefined);
  }

  return {
    synced,
    hasSynced: () => hasSynced,
    problem: () => problem,
    get size() {
      return cache.size;
    },
    get: (key) => cache.get(key),
    values: () => cache.values(),
    named: (name) => cache.named(name),
    subscribe: (listener) => cache.subscribe(listener),
    observe: (raw) => {
      // What the watch has already told of; if it is not in the cache, it is gone again.
      const written = raw.metadata.resourceVersion;
      if (version !== undefined && compareResourceVersions(written, version) <= 0) return;
      cache.putSilently(options.decode(raw));
    },
    observeDeleted: (object) => {
      cache.deleteSilently(object);
    },
    freshen: async (maxAgeMs, signal) => {
      const notBefore = performance.now() - maxAgeMs;
      while (listedAt < notBefore && !signal.aborted) {
        // Not beside the watch: a list that is late would take back what the watch has told since.
        mustList = true;
        interrupt.abort();
        await Promise.race([listed.promise, aborted(signal)]);
      }
    },
    run,
  };
}

/** A call, for the compiler believes that a signal that was not aborted never will be. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
