// SPDX-License-Identifier: Apache-2.0
// What the operator keeps of a credspec between reconciles: the annotation, what is to be said of
// the contents, and the status to compare with. The contents themselves are not kept.
import { checkContents, type ContentFindings } from '../api/check-contents.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  GROUP,
  KIND,
  PLURAL,
  type GMSACredentialSpec,
  VERSION,
} from '../api/credspec.ts';
import type { CachedObject } from '../kube/object-cache.ts';
import type { Resource } from '../kube/resource.ts';
import type { RawObject } from '../kube/watch-events.ts';
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
  /** See serialized-status.ts. */
  readonly status: string;
}

/** Most credspecs are fine; they share one object that says so. */
const CLEAN: ContentFindings = { errors: [], warnings: [] };

/** Decodes a credspec for its informer. */
export function decodeCredspec(raw: RawObject): CachedCredspec {
  const { metadata, credspec, status } = raw as RawObject & GMSACredentialSpec;
  const findings = checkContents(credspec);
  const isClean = findings.errors.length === 0 && findings.warnings.length === 0;
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    allowedAnnotation: metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
    deleting: metadata.deletionTimestamp !== undefined,
    findings: isClean ? CLEAN : findings,
    status: serializeStatus(status),
  };
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
