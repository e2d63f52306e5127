// SPDX-License-Identifier: Apache-2.0
// Credential spec contents at the edges where they come in untyped.
import { Ajv, type ErrorObject } from 'ajv';
import { CONTENTS_SCHEMA } from './contents-schema.ts';
import type { CredentialSpecContents } from './credspec.ts';
import { printable } from './printable.ts';

/** Problems that {@link decodeContents} reports; a list of 10,000 accounts can be wrong in each. */
const MAX_PROBLEMS = 10;

/** A place where contents have another type than the CRD allows. Values are not told: they may be secret. */
export interface ContentsProblem {
  /** Where, as in `credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts[3].Name`. */
  readonly path: string;
  /** The type that is there: `a number`, `nothing`. */
  readonly found: string;
  /** The type that belongs there: `a string`. */
  readonly wanted: string;
}

/** Contents of the right types, or up to ten problems. */
export type DecodedContents =
  { readonly contents: CredentialSpecContents } | { readonly problems: readonly ContentsProblem[] };

/**
 * Types contents that come from outside. They are handed back as they are, fields that the schema does
 * not know included. Says nothing on whether Windows can work with them: that is `checkContents`.
 */
export function decodeContents(value: unknown): DecodedContents {
  if (validate(value)) return { contents: value };
  return { problems: typeProblems('credspec', validate.errors) };
}

const validate = new Ajv({ allErrors: true, verbose: true }).compile<CredentialSpecContents>(
  CONTENTS_SCHEMA,
);

/**
 * The first ten of ajv's errors. `root` is what the value is called. Knows the keyword `type`, and `required` of
 * properties that are strings; the schema must have been compiled with `verbose`.
 */
export function typeProblems(
  root: string,
  errors: readonly ErrorObject[] | null | undefined,
): readonly ContentsProblem[] {
  return (errors ?? []).slice(0, MAX_PROBLEMS).map((error) => {
    const { type, missingProperty } = error.params as ErrorParams;
    const steps = [...error.instancePath.split('/').slice(1), missingProperty ?? []].flat();
    return {
      path: root + steps.map(pathStep).join(''),
      found: typeInWords(typeOf(missingProperty === undefined ? error.data : undefined)),
      wanted: typeInWords(type ?? 'string'),
    };
  });
}

interface ErrorParams {
  readonly type?: string;
  readonly missingProperty?: string;
}

// A step of a JSON pointer (RFC 6901). Only steps that the schema names get here, and list indexes.
function pathStep(step: string): string {
  return /^\d+$/.test(step) ? `[${step}]` : `.${printable(step)}`;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function typeInWords(type: string): string {
  switch (type) {
    case 'null':
      return 'nothing';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'integer':
      return 'an integer';
    default:
      return `a ${type}`;
  }
}
