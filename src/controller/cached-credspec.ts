// SPDX-License-Identifier: Apache-2.0
// What the operator keeps of a credspec: the annotation, what is to be said of the contents, and the
// status to compare with; and, where it serves admission, the contents as pods get them.
import { canonicalJson, NotCanonicalError } from '../api/canonical-json.ts';
import { checkContents, type ContentFindings, MAX_CONTENTS_BYTES } from '../api/check-contents.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  GROUP,
  KIND,
  PLURAL,
  type GMSACredentialSpec,
  VERSION,
} from '../api/credspec.ts';
import { decodeStatus } from '../api/status-schema.ts';
import type { CachedObject } from '../kube/informer/object-cache.ts';
import type { Resource } from '../kube/client/resource.ts';
import type { RawObject } from '../kube/informer/watch-events.ts';
import { serializeStatus } from './status/serialized-status.ts';

/** The resource, for the client and the informer. */
export const credspecResource: Resource = {
  group: GROUP,
  version: VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: false,
};

/** A credspec as a reconcile sees it. */
export interface CachedCredspec extends CachedObject {
  readonly generation: number;
  /** The annotation's value; `undefined` where there is none. */
  readonly allowedAnnotation: string | undefined;
  /** Being deleted: it grants nothing any more. */
  readonly deleting: boolean;
  readonly findings: ContentFindings;
  /** Canonical JSON. Undefined where it is not kept, or larger than what fits into a pod. */
  readonly contents?: string;
  /** See serialized-status.ts. */
  readonly status: string;
}

/** Decodes a credspec for its informer. */
export function decodeCredspec(raw: RawObject): CachedCredspec {
  const { metadata, credspec, status } = raw as RawObject & GMSACredentialSpec;
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    allowedAnnotation: metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
    deleting: metadata.deletionTimestamp !== undefined,
    findings: checkContents(credspec),
    status: serializeStatus(decodeStatus(status).status),
  };
}

/** {@link decodeCredspec}, with the contents, for a replica that serves admission. */
export function decodeCredspecWithContents(raw: RawObject): CachedCredspec {
  const contents = inlinedContents(raw);
  const decoded = decodeCredspec(raw);
  return contents === undefined || Buffer.byteLength(contents) > MAX_CONTENTS_BYTES
    ? decoded
    : { ...decoded, contents: flat(contents) };
}

/** The contents of a credspec as pods get them; undefined where there are none to speak of. */
export function inlinedContents(raw: RawObject): string | undefined {
  const { credspec } = raw as RawObject & GMSACredentialSpec;
  // null: what the API server makes of `credspec:` with nothing behind it.
  if (credspec === undefined || (credspec as unknown) === null) return undefined;
  try {
    return canonicalJson(credspec);
  } catch (error) {
    if (error instanceof NotCanonicalError) return undefined;
    throw error;
  }
}

/** In one piece: a string that was put together keeps its parts, at several times its own size. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

/** Whether two states of a credspec ask for the same: they differ at most in status. */
export function asksForTheSame(a: CachedCredspec, b: CachedCredspec): boolean {
  return (
    a.uid === b.uid &&
    a.generation === b.generation &&
    a.allowedAnnotation === b.allowedAnnotation &&
    a.deleting === b.deleting
  );
}
