// SPDX-License-Identifier: Apache-2.0
// The review of credspecs as they are written: it tells at once what the status would tell a moment
// later, and refuses nothing, so that who set what is the same whether the operator runs or not. Pure.
import {
  type AllowedServiceAccounts,
  type NamespaceGrant,
  parseAllowedServiceAccounts,
} from '../api/allowed-service-accounts.ts';
import { checkContents } from '../api/check-contents.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, GROUP, KIND, PLURAL } from '../api/credspec.ts';
import { property, text } from '../api/untyped.ts';
import type { AdmissionRequest } from './review/admission-review.ts';
import { type Allowed, ALLOWED } from './review/decision.ts';
import { invalidEntry, moreInvalidEntries, namespaceMissing } from './review/warnings.ts';

/** Bytes of all annotations of an object that the API server accepts (apimachinery, `TotalAnnotationSizeLimitB`). */
const MAX_ANNOTATION_LENGTH = 256 * 1024;

/** Whether there is a namespace of this name; `undefined` where that is not known. */
export type NamespaceExists = (name: string) => boolean | undefined;

/**
 * Warnings for whoever creates or changes a credspec, in either version: entries that grant nothing,
 * contents that cannot work, namespaces that are not there (yet), contents that look wrong; in this order.
 * Everything else is allowed without a word.
 */
export function reviewCredspec(
  request: AdmissionRequest,
  namespaceExists: NamespaceExists,
): Allowed {
  const { operation, object } = request;
  if (!isCredspec(request) || (operation !== 'CREATE' && operation !== 'UPDATE')) return ALLOWED;
  const annotations = property(property(object, 'metadata'), 'annotations');
  const annotation = text(property(annotations, ALLOWED_SERVICE_ACCOUNTS_ANNOTATION));
  // The API server stores no annotation as large as that, so the request comes from somebody else.
  if (annotation !== undefined && annotation.length > MAX_ANNOTATION_LENGTH) return ALLOWED;
  const allowed = parseAllowedServiceAccounts(annotation);
  const findings = checkContents(property(object, 'credspec'));
  return {
    allowed: true,
    patch: [],
    warnings: [
      ...entryWarnings(allowed),
      ...findings.errors,
      ...allowed.grants
        .filter(({ namespace }) => namespaceExists(namespace) === false)
        .map(namespaceWarning),
      ...findings.warnings,
    ],
    credspecs: [],
  };
}

function isCredspec({ kind, resource }: AdmissionRequest): boolean {
  return (
    (kind?.group === GROUP && kind.kind === KIND) ||
    (resource?.group === GROUP && resource.resource === PLURAL)
  );
}

function entryWarnings({ problems, unreportedProblems }: AllowedServiceAccounts): string[] {
  const warnings = problems.map(({ entry, reason }) => invalidEntry(entry, reason));
  return unreportedProblems === 0
    ? warnings
    : [...warnings, moreInvalidEntries(unreportedProblems)];
}

function namespaceWarning({ namespace, serviceAccounts }: NamespaceGrant): string {
  const [name = '*'] = serviceAccounts;
  return namespaceMissing(namespace, name);
}
