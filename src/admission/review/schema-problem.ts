// SPDX-License-Identifier: Apache-2.0
// What a schema has against a value, as a sentence for whoever sent it. Shows types, never values: a
// pod's may be anybody's secrets.
import type { ErrorObject } from 'ajv';
import { quoted } from '../../api/printable.ts';

/**
 * The first of ajv's errors, as in `object.spec.containers[3].name is a number, not a string`. `root` is
 * what the value is called. Knows the keywords `type`, `required` and `maxItems`; the schema must have been
 * compiled with `verbose`.
 */
export function schemaProblem(
  root: string,
  errors: readonly ErrorObject[] | null | undefined,
): string {
  const error = errors?.[0];
  if (error === undefined) return `${root} is not as it should be`;
  const path = root + error.instancePath.split('/').slice(1).map(pathStep).join('');
  const params = error.params as {
    readonly type?: string;
    readonly missingProperty?: string;
    readonly limit?: number;
  };
  if (params.missingProperty !== undefined) {
    return `${path}${pathStep(params.missingProperty)} is missing`;
  }
  if (params.limit !== undefined) return `${path} has more than ${params.limit} entries`;
  return `${path} is ${inWords(typeOf(error.data))}, not ${inWords(params.type ?? '')}`;
}

// A step of a JSON pointer (RFC 6901).
function pathStep(step: string): string {
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^\w+$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function inWords(type: string): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'null':
      return 'null';
    default:
      return `a ${type}`;
  }
}
