// SPDX-License-Identifier: Apache-2.0
// The schema of a status, for the edges where it comes in untyped: an earlier or permissive definition keeps
// whatever somebody writes. The types are those of the CRD.
import { Ajv } from 'ajv';
import { type ContentsProblem, typeProblems } from './credspec-schema.ts';
import type { CredspecStatus } from './credspec.ts';

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;

const binding = {
  type: 'object',
  required: ['namespace'],
  properties: {
    namespace: text,
    serviceAccounts: texts,
    allServiceAccounts: { type: 'boolean' },
  },
} as const;

const condition = {
  type: 'object',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: text,
    status: text,
    reason: text,
    message: text,
    lastTransitionTime: text,
    observedGeneration: { type: 'integer' },
  },
} as const;

/** JSON Schema of each field. */
const FIELDS = {
  observedGeneration: { type: 'integer' },
  observedAnnotationHash: text,
  clusterRole: text,
  allowedSummary: text,
  bindings: { type: 'array', items: binding },
  missingNamespaces: texts,
  warnings: texts,
  conditions: { type: 'array', items: condition },
} as const satisfies Readonly<Record<keyof CredspecStatus, object>>;

/** A status of the right types. */
export interface DecodedStatus {
  /** What of it has the right types, in lists item by item; undefined where there is no status. */
  readonly status: CredspecStatus | undefined;
  /** Where it has others. */
  readonly problems: readonly ContentsProblem[];
}

/** Types a status that comes from outside. */
export function decodeStatus(value: unknown): DecodedStatus {
  if (value === undefined) return { status: undefined, problems: [] };
  if (validate(value)) return { status: value, problems: [] };
  return { status: wellTyped(value), problems: typeProblems('status', validate.errors) };
}

const ajv = new Ajv({ allErrors: true, verbose: true });
const validate = ajv.compile<CredspecStatus>({ type: 'object', properties: FIELDS });

function wellTyped(value: unknown): CredspecStatus | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, content]: [string, unknown]) => {
      const isValid = validators[field];
      if (isValid === undefined) return [];
      if (isValid.whole(content)) return [[field, content]];
      const { item } = isValid;
      return item !== undefined && Array.isArray(content)
        ? [[field, content.filter((each) => item(each))]]
        : [];
    }),
  );
}

interface FieldChecks {
  readonly whole: (value: unknown) => boolean;
  /** Of a list. */
  readonly item: ((value: unknown) => boolean) | undefined;
}

const validators: Readonly<Record<string, FieldChecks>> = Object.fromEntries(
  Object.entries(FIELDS).map(([field, schema]) => [
    field,
    {
      whole: ajv.compile(schema),
      item: 'items' in schema ? ajv.compile(schema.items) : undefined,
    },
  ]),
);
