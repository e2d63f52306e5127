// SPDX-License-Identifier: Apache-2.0
// Fields that the API server does not know, and what was meant by them. `kubectl apply` refuses them ("strict decoding
// error"); without validation, the API server drops them in silence. Pure.
import { type ContentsPath, fieldName } from '../../api/content-findings.ts';
import { CONTENTS_SCHEMA, type FieldSchema } from '../../api/contents-schema.ts';
import { listed, quoted } from '../../api/printable.ts';
import { items } from '../../api/untyped.ts';
import { similarName } from '../documents/similar-name.ts';
import type { LintFinding } from './lint-finding.ts';

/** The unknown fields of a GMSACredentialSpec, or of contents alone. */
export function unknownFields(
  value: unknown,
  type: 'contents' | 'resource',
): readonly LintFinding[] {
  const schema = type === 'resource' ? RESOURCE_SCHEMA : CONTENTS_SCHEMA;
  const places = placesIn(schema, '');
  const whole = type === 'resource' ? 'A GMSACredentialSpec' : 'A credential spec';
  return unknownIn(value, schema, []).map(({ path, siblings, present }) => {
    const [name, parent] = [String(path.at(-1)), fieldName(path.slice(0, -1))];
    const remedy = remedyFor(name, { siblings, present, places });
    return {
      check: 'unknown-field',
      path,
      message: `${parent === '' ? whole : parent} has no field ${quoted(name)}: the API server refuses it, or drops it without validation. ${remedy}`,
    };
  });
}

const ANYTHING: FieldSchema = { type: 'any' };

/** The fields of `ObjectMeta` (meta/v1). */
const METADATA_FIELDS = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers'],
  ...['ownerReferences', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink'],
];

const RESOURCE_SCHEMA: FieldSchema = {
  type: 'object',
  properties: {
    apiVersion: ANYTHING,
    kind: ANYTHING,
    metadata: {
      type: 'object',
      properties: Object.fromEntries(METADATA_FIELDS.map((name) => [name, ANYTHING])),
    },
    credspec: CONTENTS_SCHEMA,
    status: ANYTHING,
  },
};

interface UnknownField {
  readonly path: ContentsPath;
  /** Names of the fields that may be there. */
  readonly siblings: readonly string[];
  /** Names of the fields that are there. */
  readonly present: readonly string[];
}

function unknownIn(
  value: unknown,
  { items: itemSchema, properties }: FieldSchema,
  path: ContentsPath,
): readonly UnknownField[] {
  if (itemSchema !== undefined) {
    return items(value).flatMap((item, index) => unknownIn(item, itemSchema, [...path, index]));
  }
  if (properties === undefined || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return [];
  const [siblings, present] = [Object.keys(properties), Object.keys(value)];
  return Object.entries(value).flatMap(([name, inner]): readonly UnknownField[] => {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const place = [...path, name];
    return field === undefined
      ? [{ path: place, siblings, present }]
      : unknownIn(inner, field, place);
  });
}

/** A field that there is, and the object that it is in. */
interface Place {
  readonly name: string;
  /** `credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts[]`; empty at the top. */
  readonly parent: string;
}

function placesIn(
  { items: itemSchema, properties }: FieldSchema,
  parent: string,
): readonly Place[] {
  if (itemSchema !== undefined) return placesIn(itemSchema, `${parent}[]`);
  return Object.entries(properties ?? {}).flatMap(([name, field]) => [
    { name, parent },
    ...placesIn(field, parent === '' ? name : `${parent}.${name}`),
  ]);
}

function remedyFor(
  name: string,
  {
    siblings,
    present,
    places,
  }: Pick<UnknownField, 'present' | 'siblings'> & { readonly places: readonly Place[] },
): string {
  const sameWord = siblings.find((sibling) => sibling.toLowerCase() === name.toLowerCase());
  const elsewhere = places.find((place) => place.name === name);
  if (sameWord === undefined && elsewhere !== undefined) {
    return elsewhere.parent === ''
      ? 'Move it to the top level.'
      : `Move it to ${elsewhere.parent}.`;
  }
  const meant = sameWord ?? similarName(name, siblings);
  if (meant === undefined) return `Remove it. The fields here are ${listed(siblings)}.`;
  return present.includes(meant)
    ? `${quoted(meant)} is there already: remove ${quoted(name)}.`
    : `Write ${quoted(meant)}.`;
}
