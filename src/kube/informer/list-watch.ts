// SPDX-License-Identifier: Apache-2.0
// The requests of an informer, client-go's ListWatch: a page of a list, a watch with bookmarks; and whether a
// failed watch can begin again where it ended.
import { ApiError, classifyError } from '../client/api-error.ts';
import type { KubeClient, WatchRequest } from '../client/client.ts';
import { SilenceError } from '../client/exchange.ts';
import { type Resource, resourcePath } from '../client/resource.ts';
import { decodeWatchEvents, type RawObject, type WatchEvent } from './watch-events.ts';

/** What is listed and watched. */
export interface ListWatchOptions {
  readonly client: KubeClient;
  readonly resource: Resource;
  /** Objects a page; fewer where an object may be very large. Default 500. */
  readonly pageSize?: number;
  /** Of a namespaced resource: only there. Default: everywhere. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** `metadata`: the server sends `PartialObjectMetadata`, without spec and status. */
  readonly transfer?: 'full' | 'metadata';
}

/** A part of a list; all pages are of the first one's moment. */
export interface ListPage {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly RawObject[];
}

/** Lists and watches one resource. Both throw what the client throws. */
export interface ListWatch {
  /**
   * The first page, or the one at the `continue` token of the page before. No resourceVersion goes with the first, so it is
   * a consistent read: an API server whose cache lags behind etcd waits for it, or reads etcd (KEP-2340). Only a restored
   * etcd can so give a list that is older than what is known.
   */
  listPage(from: string | undefined, signal: AbortSignal): Promise<ListPage>;
  watch(request: ListWatchRequest): AsyncIterable<WatchEvent>;
}

/** One watch; the server ends it after `timeoutMs` milliseconds. */
export interface ListWatchRequest extends Pick<
  WatchRequest,
  'idleTimeoutMs' | 'onOpen' | 'signal'
> {
  readonly resourceVersion: string | undefined;
  readonly timeoutMs: number;
}

/** Objects a page: the API server answers each from its cache in some milliseconds. */
const PAGE_SIZE = 500;

/** The requests for one resource. */
export function createListWatch(options: ListWatchOptions): ListWatch {
  const { client, labelSelector, fieldSelector, pageSize = PAGE_SIZE } = options;
  const path = resourcePath(options.resource, { namespace: options.namespace });

  function accept(suffix: '' | 'List'): string {
    return options.transfer === 'metadata'
      ? `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`
      : 'application/json';
  }

  return {
    listPage: (from, signal) =>
      client.request<ListPage>({
        method: 'GET',
        path,
        query: { labelSelector, fieldSelector, limit: String(pageSize), continue: from },
        accept: accept('List'),
        signal,
      }),
    watch: ({ resourceVersion, timeoutMs, ...request }) => {
      const chunks = client.watch({
        path,
        query: {
          labelSelector,
          fieldSelector,
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion,
          timeoutSeconds: String(Math.ceil(timeoutMs / 1000)),
        },
        accept: accept(''),
        ...request,
      });
      return decodeWatchEvents(chunks, path);
    },
  };
}

/** The server has too much to do. */
const OVERLOADED: ReadonlySet<number> = new Set([408, 429]);

/**
 * Whether a watch may go on where this error ended it. An overloaded server says nothing against the version that it had
 * come to. Anything else may, and wants a new list; also a connection that is lost: the server might have been stopped to
 * restore an earlier etcd, and its versions might pass ours again before a watch from there notices anything.
 */
export function canResume(error: unknown): boolean {
  return (
    error instanceof ApiError && classifyError(error) === 'retry' && OVERLOADED.has(error.code)
  );
}

/**
 * Whether nothing came for too long: a dead connection; or, and no error ever says so, a watch from a
 * version that the server has yet to reach, for its history was rewound (tried on 1.37).
 */
export function isSilence(error: unknown): boolean {
  return error instanceof SilenceError && error.awaited === 'body';
}
