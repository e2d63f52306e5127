// SPDX-License-Identifier: Apache-2.0
// Credspecs for admission: from the informer's cache, and live where the cache may be behind.
import { classifyError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { Informer } from '../kube/informer/informer.ts';
import { resourcePath } from '../kube/client/resource.ts';
import type { RawObject } from '../kube/informer/watch-events.ts';
import {
  type CachedCredspec,
  credspecResource,
  decodeCredspec,
  inlinedContents,
} from '../controller/cached-credspec.ts';

/** A credspec as admission asks for it. */
export interface InlinableCredspec {
  readonly name: string;
  readonly uid: string;
  /** Canonical JSON; undefined where the credspec has no contents. */
  readonly contents: string | undefined;
  /** What the checks say of the contents, errors first. */
  readonly problems: readonly string[];
}

/** See {@link createCredspecSource}. */
export interface CredspecSource {
  /** Undefined also for one whose contents are not kept: only a live look can tell. */
  cached(name: string): InlinableCredspec | undefined;
  /** @throws what the client throws, but for 404. */
  live(name: string, signal: AbortSignal): Promise<InlinableCredspec | undefined>;
}

/** Credspecs of an informer that keeps their contents. */
export function createCredspecSource(context: {
  readonly client: KubeClient;
  readonly credspecs: Pick<Informer<CachedCredspec>, 'get'>;
}): CredspecSource {
  return {
    cached: (name) => {
      const credspec = context.credspecs.get(name);
      return credspec?.contents === undefined ? undefined : inlinable(credspec, credspec.contents);
    },
    live: async (name, signal) => {
      try {
        const path = resourcePath(credspecResource, { name });
        const raw = await context.client.request<RawObject>({ method: 'GET', path, signal });
        return inlinable(decodeCredspec(raw), inlinedContents(raw));
      } catch (error) {
        if (classifyError(error) === 'not-found') return undefined;
        throw error;
      }
    },
  };
}

function inlinable(
  { name, uid, findings }: CachedCredspec,
  contents: string | undefined,
): InlinableCredspec {
  return { name, uid, contents, problems: [...findings.errors, ...findings.warnings] };
}
