// SPDX-License-Identifier: Apache-2.0
// A watch of the bench's own, that tells when something was seen to the part of a millisecond.
import type { KubeClient } from '../../src/kube/client/client.ts';
import { decodeWatchEvents, type WatchEvent } from '../../src/kube/informer/watch-events.ts';

/** An open watch. */
export interface ObjectWatch {
  /** Resolves with `performance.now()` when an event comes in that `matches`; call it beforehand. */
  seen(what: string, matches: (event: WatchEvent) => boolean): Promise<number>;
  close(): void;
}

const PATIENCE_MS = 20_000;

/** Watches what is at `path` from now on. */
export async function openObjectWatch(client: KubeClient, path: string): Promise<ObjectWatch> {
  const list = await client.request<{ readonly metadata: { readonly resourceVersion: string } }>({
    method: 'GET',
    path,
    query: { limit: '1' },
  });
  const controller = new AbortController();
  const waiting = new Set<(event: WatchEvent, at: number) => void>();
  const chunks = client.watch({
    path,
    query: { watch: 'true', resourceVersion: list.metadata.resourceVersion },
    signal: controller.signal,
    idleTimeoutMs: 600_000,
  });
  const ended = (async () => {
    for await (const event of decodeWatchEvents(chunks, path)) {
      const at = performance.now();
      for (const tell of waiting) tell(event, at);
    }
    throw new Error(`the watch on ${path} ended`);
  })();
  ended.catch(() => undefined);

  return {
    async seen(what, matches) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const tell = (event: WatchEvent, at: number): void => {
        if (matches(event)) resolve(at);
      };
      const timer = setTimeout(() => {
        reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`));
      }, PATIENCE_MS);
      waiting.add(tell);
      try {
        return await Promise.race([promise, ended]);
      } finally {
        clearTimeout(timer);
        waiting.delete(tell);
      }
    },
    close: () => {
      controller.abort();
    },
  };
}
