// SPDX-License-Identifier: Apache-2.0
// What admission decides on a request, before it is written as an AdmissionReview.

/** What was decided. */
export type Decision = Allowed | Denied;

/** The request may go on. */
export interface Allowed {
  readonly allowed: true;
  /** Operations in the order in which they are to be done; empty where nothing changes. */
  readonly patch: readonly AddOperation[];
  /** For whoever sent the request, most important first; bounded only as they are written. */
  readonly warnings: readonly string[];
  readonly credspecs: readonly CredspecId[];
}

/** The request ends here. */
export interface Denied {
  readonly allowed: false;
  readonly denial: Denial;
  readonly credspecs: readonly CredspecId[];
}

/** Why a request is denied. */
export interface Denial {
  /** HTTP status: 4xx for what its sender can change, 5xx for what could not be found out. */
  readonly code: 400 | 403 | 404 | 422 | 500 | 503;
  readonly message: string;
  /** The credspec that a 404 speaks of, as messages show it. */
  readonly missing?: string;
}

/** A credspec that a request is about, for the audit log. */
export interface CredspecId {
  readonly name: string;
  /** `undefined` where there is none of this name. */
  readonly uid: string | undefined;
}

/** An operation of a JSON patch (RFC 6902). Admission only ever adds. */
export interface AddOperation {
  readonly op: 'add';
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly value: unknown;
}

/** What one part of a decision has to add to the pod, and to say. */
export interface Addition {
  readonly patch: readonly AddOperation[];
  readonly warnings: readonly string[];
}

/** Allows a request that concerns no credspec. */
export const ALLOWED: Allowed = { allowed: true, patch: [], warnings: [], credspecs: [] };

/** Denies a request. */
export function deny(denial: Denial, credspecs: readonly CredspecId[] = []): Denied {
  return { allowed: false, denial, credspecs };
}
