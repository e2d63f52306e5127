// SPDX-License-Identifier: Apache-2.0
// Credspecs for admission: from the informer's cache, and live if the cache might be behind.
import type { AdmissionCredspec, CredspecSource } from '../admission/ports.ts';
import { unlessMissing } from '../kube/client/api-error.ts';
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

/** Credspecs of an informer that keeps their contents. `live` throws what the client throws, except 404. */
export function createCredspecSource(context: {
  readonly client: Pick<KubeClient, 'request'>;
  readonly credspecs: Pick<Informer<CachedCredspec>, 'get'>;
}): CredspecSource {
  return {
    cached: (name) => {
      const credspec = context.credspecs.get(name);
      // Without its contents, which are too large to be kept, only a live read can tell.
      return credspec?.contents === undefined
        ? undefined
        : admissionCredspec(credspec, credspec.contents);
    },
    live: async (name, signal) => {
      const path = resourcePath(credspecResource, { name });
      const read = context.client.request<RawObject>({ method: 'GET', path, signal });
      const raw = await unlessMissing(read);
      return raw && admissionCredspec(decodeCredspec(raw), inlinedContents(raw));
    },
  };
}

function admissionCredspec(
  { name, uid, findings }: CachedCredspec,
  contents: string | undefined,
): AdmissionCredspec {
  return { name, uid, contents, problems: [...findings.errors, ...findings.warnings] };
}
