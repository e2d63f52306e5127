// SPDX-License-Identifier: Apache-2.0
// Why a generated object is not as it must be, in words for a condition. Pure.
import { ApiError, classifyError, errorMessage } from '../../kube/client/api-error.ts';

/** One object that is not as it must be. */
export interface AccessFailure {
  readonly type: 'Conflict' | 'Forbidden' | 'WriteFailed';
  readonly message: string;
  /** Likely to go away by itself. */
  readonly transient: boolean;
}

const SEVERITY: readonly AccessFailure['type'][] = ['Conflict', 'Forbidden', 'WriteFailed'];

/** The failures, what a person must deal with first: the reason of the condition is the first one's. */
export function worstFirst(failures: readonly AccessFailure[]): readonly AccessFailure[] {
  return failures.toSorted((a, b) => SEVERITY.indexOf(a.type) - SEVERITY.indexOf(b.type));
}

/** The operator does not own an object under a generated name. */
export function conflictFailure(object: string): AccessFailure {
  return {
    type: 'Conflict',
    message: `${object} exists and is not managed by gmsa-operator, so it was left as it is: delete or rename it`,
    transient: false,
  };
}

/** An object came out of its write as another one. */
export function alteredFailure(object: string): AccessFailure {
  return {
    type: 'WriteFailed',
    message: `${object} is changed by something as it is written, and may not grant what it should: look for mutating webhooks and policies on RBAC objects, and exempt it`,
    transient: false,
  };
}

/** An object is to go, and it is not certain that it has gone. */
export function unconfirmedFailure(object: string): AccessFailure {
  return {
    type: 'WriteFailed',
    message: `${object} is to be removed; the API server answers that there is none, and its watch has not told so yet; it is tried again`,
    transient: true,
  };
}

/**
 * A write of an object failed.
 * @throws the error itself if it says that the term ended, because that says nothing about the object.
 */
export function writeFailure(object: string, error: unknown): AccessFailure {
  switch (classifyError(error)) {
    case 'aborted':
      throw error;
    case 'forbidden':
      return {
        type: 'Forbidden',
        message: `${object}: the API server refuses the operator's write: ${serverMessage(error)}; apply config/rbac of this version, and see whether an admission policy or webhook forbids it`,
        transient: false,
      };
    case 'invalid':
      return {
        ...writeFailed(object, error, 'an admission policy or webhook may refuse it'),
        transient: false,
      };
    case 'already-exists':
    case 'conflict':
    case 'expired':
    case 'not-found':
    case 'retry':
    case 'terminating':
    case 'unauthorized':
      return { ...writeFailed(object, error, 'it is tried again'), transient: true };
  }
}

/** Whether a write failed because its namespace went, or is going, and no cache has heard of it yet. */
export function isNamespaceGone(error: unknown): boolean {
  const kind = classifyError(error);
  if (kind === 'terminating') return true;
  return (
    kind === 'not-found' && error instanceof ApiError && error.status.details?.kind === 'namespaces'
  );
}

function writeFailed(object: string, error: unknown, remedy: string) {
  const message = `${object} could not be written: ${serverMessage(error)}; ${remedy}`;
  return { type: 'WriteFailed', message } as const;
}

function serverMessage(error: unknown): string {
  return error instanceof ApiError ? (error.status.message ?? error.message) : errorMessage(error);
}
