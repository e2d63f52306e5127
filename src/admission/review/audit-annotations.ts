// SPDX-License-Identifier: Apache-2.0
// What stands in the API server's audit log about a decision: which credspecs it was about.
import { listed } from '../../api/printable.ts';
import type { CredspecId } from './decision.ts';
import { shownName } from './shown.ts';

/**
 * `AdmissionResponse.auditAnnotations`: `credspecs: webapp1=<UID>, webapp2=<UID>`, a name alone where
 * there is no such credspec; the first ten. The API server puts the webhook's name before the key, which
 * must be a qualified name without a prefix.
 */
export function auditAnnotations(
  credspecs: readonly CredspecId[],
): Readonly<Record<string, string>> | undefined {
  if (credspecs.length === 0) return undefined;
  const entries = credspecs.map(({ name, uid }) =>
    uid === undefined ? shownName(name) : `${shownName(name)}=${uid}`,
  );
  return { credspecs: listed(entries) };
}
