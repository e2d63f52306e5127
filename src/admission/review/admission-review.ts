// SPDX-License-Identifier: Apache-2.0
// AdmissionReview `admission.k8s.io/v1` on the wire: what the API server asks, and the answer to it.
import { Ajv } from 'ajv';
import { GROUP, PLURAL } from '../../api/credspec.ts';
import { listed, quoted } from '../../api/printable.ts';
import type { AddOperation, CredspecId, Decision, Denial } from './decision.ts';
import { schemaProblem } from './schema-problem.ts';
import { oneLine, shownName } from './shown.ts';
import { moreWarnings } from './warnings.ts';

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

/** `request` of an AdmissionReview; text that is missing is empty. */
export interface AdmissionRequest {
  /** Must come back in the answer. */
  readonly uid: string;
  readonly kind: { readonly group: string; readonly kind: string } | undefined;
  readonly resource: { readonly group: string; readonly resource: string } | undefined;
  readonly subResource: string;
  /** `CREATE`, `UPDATE`, `DELETE`, `CONNECT`, or whatever was sent. */
  readonly operation: string;
  readonly namespace: string;
  /** Empty where the API server is yet to make the name up. */
  readonly name: string;
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** A request, or why the text holds none. The problem shows nothing of the text but types and names. */
export type DecodedReview = { readonly request: AdmissionRequest } | { readonly problem: string };

/** Reads the text of an AdmissionReview. Objects in it stay untyped. */
export function decodeReview(text: string): DecodedReview {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    return {
      problem: text === '' ? 'the body is empty: send an AdmissionReview' : 'the body is not JSON',
    };
  }
  if (!validate(value)) return { problem: schemaProblem('body', validate.errors) };
  const { apiVersion, kind, request } = value;
  if (kind !== KIND) return { problem: `kind is ${quoted(kind)}: only ${KIND} is answered here` };
  if (apiVersion !== API_VERSION) {
    return {
      problem: `apiVersion is ${quoted(apiVersion)}: only ${API_VERSION} is answered here; the webhook configuration must list v1 in admissionReviewVersions`,
    };
  }
  if (request.uid === '') return { problem: 'body.request.uid is empty' };
  return {
    request: {
      uid: request.uid,
      kind: decodeKind(request.kind),
      resource: decodeResource(request.resource),
      subResource: request.subResource ?? '',
      operation: request.operation ?? '',
      namespace: request.namespace ?? '',
      name: request.name ?? '',
      object: request.object,
      oldObject: request.oldObject,
    },
  };
}

/** Writes the answer to the request of this UID. */
export function encodeReview(uid: string, decision: Decision): string {
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: KIND,
    response: responseOf(uid, decision),
  });
}

type Field<T> = T | null | undefined;

interface ReviewOnTheWire {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly kind?: Field<{ readonly group?: Field<string>; readonly kind?: Field<string> }>;
    readonly resource?: Field<{
      readonly group?: Field<string>;
      readonly resource?: Field<string>;
    }>;
    readonly subResource?: Field<string>;
    readonly operation?: Field<string>;
    readonly namespace?: Field<string>;
    readonly name?: Field<string>;
    readonly object?: unknown;
    readonly oldObject?: unknown;
  };
}

const text = { type: 'string', nullable: true } as const;

const validate = new Ajv({ verbose: true }).compile<ReviewOnTheWire>({
  type: 'object',
  required: ['apiVersion', 'kind', 'request'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    request: {
      type: 'object',
      required: ['uid'],
      properties: {
        uid: { type: 'string' },
        kind: { type: 'object', nullable: true, properties: { group: text, kind: text } },
        resource: { type: 'object', nullable: true, properties: { group: text, resource: text } },
        subResource: text,
        operation: text,
        namespace: text,
        name: text,
      },
    },
  },
});

function decodeKind(kind: ReviewOnTheWire['request']['kind']): AdmissionRequest['kind'] {
  if (kind === null || kind === undefined) return undefined;
  return { group: kind.group ?? '', kind: kind.kind ?? '' };
}

function decodeResource(
  resource: ReviewOnTheWire['request']['resource'],
): AdmissionRequest['resource'] {
  if (resource === null || resource === undefined) return undefined;
  return { group: resource.group ?? '', resource: resource.resource ?? '' };
}

/** What is undefined is left out in JSON. */
function responseOf(uid: string, decision: Decision): object {
  const { allowed, credspecs } = decision;
  const common = { uid, allowed, auditAnnotations: auditAnnotations(credspecs) };
  if (!decision.allowed) return { ...common, status: status(decision.denial) };
  const { patch, warnings } = decision;
  return {
    ...common,
    patchType: patch.length === 0 ? undefined : 'JSONPatch',
    patch: patch.length === 0 ? undefined : encodePatch(patch),
    warnings: warnings.length === 0 ? undefined : boundedWarnings(warnings),
  };
}

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

/**
 * Longest warning, in UTF-16 units. The API server cuts warnings at 256 characters as soon as all of
 * those for a request, ours and others', have more than 4096; this many of this length leave it some.
 */
export const MAX_WARNING_LENGTH = 256;

/** Most warnings to a request. */
export const MAX_WARNINGS = 10;

/** The warnings, each once, on one line and cut; the last one says how many more there are. */
export function boundedWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return warnings;
  const distinct = [...new Set(warnings)];
  const told = distinct.length > MAX_WARNINGS ? distinct.slice(0, MAX_WARNINGS - 1) : distinct;
  const more = distinct.length - told.length;
  const lines = told.map((warning) => oneLine(warning, MAX_WARNING_LENGTH));
  return more === 0 ? lines : [...lines, moreWarnings(more)];
}

// The field is a []byte, which JSON has as base64.
function encodePatch(patch: readonly AddOperation[]): string {
  return Buffer.from(JSON.stringify(patch)).toString('base64');
}

/** `metav1.StatusReason` of each code, as the API conventions pair them. */
const REASONS = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  422: 'Invalid',
  500: 'InternalError',
  503: 'ServiceUnavailable',
} as const satisfies Record<Denial['code'], string>;

function status({ code, message, missing }: Denial): object {
  return {
    status: 'Failure',
    code,
    reason: REASONS[code],
    message,
    // `kubectl debug` looks into the details of a 404 without asking whether there are any.
    ...(missing === undefined ? {} : { details: { name: missing, group: GROUP, kind: PLURAL } }),
  };
}
