// SPDX-License-Identifier: Apache-2.0
// A Secret of ours, as it is watched, compared and written. Never last-writer-wins: two replicas that both
// make a CA end with one.
import { MANAGED_BY_LABEL, MANAGED_BY_VALUE } from '../../api/credspec.ts';
import { APPLY_PATCH, type KubeClient } from '../../kube/client/client.ts';
import type { CachedObject } from '../../kube/informer/object-cache.ts';
import { type Resource, resourcePath } from '../../kube/client/resource.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import type { SecretData } from '../../pki/certificate-secret.ts';

/** The core resource. */
export const secretResource: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};

/** A Secret as it is kept. */
export interface CachedSecret extends CachedObject {
  readonly namespace: string;
  /** Without values that are too large to be ours. */
  readonly data: SecretData;
  /** It cannot be changed into what we write: it is of another type, or immutable. */
  readonly mustReplace: boolean;
}

/** It holds a certificate and its key, whatever else (core/v1). */
const TYPE = 'kubernetes.io/tls';

/** A certificate with its key has 2 kB; larger values are not read. */
const MAX_VALUE_LENGTH = 256 * 1024;

/** Decodes a Secret for its informer. */
export function decodeSecret(raw: RawObject): CachedSecret {
  const { metadata, type, immutable, data } = raw as RawObject & Partial<RawSecret>;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    data: Object.fromEntries(
      Object.entries(data ?? {}).filter(([, value]) => value.length <= MAX_VALUE_LENGTH),
    ),
    mustReplace: type !== TYPE || immutable === true,
  };
}

/**
 * Writes a Secret and returns it as it is then, on the condition that it still is as it was `seen`:
 * `undefined` means that there was none.
 * @param creator field manager of a creation, different for each replica: of two that create, the one
 * that comes second is refused.
 * @throws ApiError 409 if another client wrote meanwhile, and what else the client throws.
 */
export async function writeSecret(
  client: KubeClient,
  secret: { readonly namespace: string; readonly name: string; readonly data: SecretData },
  seen: CachedSecret | undefined,
  { fieldManager, creator }: { readonly fieldManager: string; readonly creator: string },
): Promise<RawObject> {
  const { namespace, name } = secret;
  const path = resourcePath(secretResource, { namespace, name });
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: TYPE,
    metadata: { namespace, name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY_VALUE } },
    data: secret.data,
  };
  if (seen !== undefined && !seen.mustReplace) {
    const metadata = { ...body.metadata, uid: seen.uid, resourceVersion: seen.resourceVersion };
    const query = { fieldManager };
    return client.request({ method: 'PUT', path, query, body: { ...body, metadata } });
  }
  if (seen !== undefined) {
    const { uid, resourceVersion } = seen;
    const preconditions = { uid, resourceVersion };
    await client.request({
      method: 'DELETE',
      path,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
    });
  }
  // Server-side apply, because the API server authorizes its creation with the name; not forced.
  const query = { fieldManager: creator };
  return client.request({ method: 'PATCH', path, query, contentType: APPLY_PATCH, body });
}

interface RawSecret {
  readonly type: string;
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>> | null;
}
