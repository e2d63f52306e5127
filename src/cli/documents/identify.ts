// SPDX-License-Identifier: Apache-2.0
// Which documents of a file are credential specs. Pure.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, GROUP, KIND } from '../../api/credspec.ts';
import type { ContentsPath } from '../../api/content-findings.ts';
import { items, property, text } from '../../api/untyped.ts';
import { similarName } from './similar-name.ts';

/** A Kubernetes object that is a credential spec, or is meant to be one. Whatever stands there. */
export interface CredspecObject {
  readonly apiVersion: unknown;
  readonly kind: unknown;
  readonly name: unknown;
  readonly allowed: unknown;
  readonly contents: unknown;
  /** All of it. */
  readonly object: unknown;
  /** Where in the document it is. */
  readonly path: ContentsPath;
}

/** What a document, or an item of a list in it, is. */
export type Identified =
  | ({ readonly type: 'resource' } & CredspecObject)
  /** Its kind or its API group is not that of a credential spec, but it looks like one. */
  | ({ readonly type: 'misnamed' } & CredspecObject)
  /** What New-CredentialSpec writes and container runtimes take. */
  | { readonly type: 'contents'; readonly contents: unknown }
  /** A Kubernetes object of another kind. */
  | { readonly type: 'other'; readonly kind: string }
  | { readonly type: 'unknown' };

/** What a document is; a list of Kubernetes objects is what its items are. */
export function identify(value: unknown, path: ContentsPath = []): readonly Identified[] {
  const kind = text(property(value, 'kind'));
  const apiVersion = text(property(value, 'apiVersion'));
  if (kind?.endsWith('List') === true && apiVersion !== undefined) {
    return items(property(value, 'items')).flatMap((item, index) =>
      identify(item, [...path, 'items', index]),
    );
  }
  const isOfGroup = apiVersion?.startsWith(`${GROUP}/`) === true;
  if (isOfGroup && kind === KIND) return [{ type: 'resource', ...credspecObject(value, path) }];
  if (isOfGroup || isMeantToBe(value, kind)) {
    return [{ type: 'misnamed', ...credspecObject(value, path) }];
  }
  if (kind !== undefined && apiVersion !== undefined) return [{ type: 'other', kind }];
  return [isContents(value) ? { type: 'contents', contents: value } : { type: 'unknown' }];
}

/** Whether this is the inside of a credential spec. */
export function isContents(value: unknown): boolean {
  return CONTENTS_FIELDS.some((field) => property(value, field) !== undefined);
}

const CONTENTS_FIELDS = ['ActiveDirectoryConfig', 'CmsPlugins', 'DomainJoinConfig'] as const;

function isMeantToBe(value: unknown, kind: string | undefined): boolean {
  // "Spec" and "Credential" are kinds of something else.
  const isNear =
    kind !== undefined &&
    kind.length >= 'CredentialSpec'.length &&
    similarName(kind, [KIND]) !== undefined;
  return isNear || isContents(property(value, 'credspec'));
}

function credspecObject(value: unknown, path: ContentsPath): CredspecObject {
  const metadata = property(value, 'metadata');
  return {
    apiVersion: property(value, 'apiVersion'),
    kind: property(value, 'kind'),
    name: property(metadata, 'name'),
    allowed: property(property(metadata, 'annotations'), ALLOWED_SERVICE_ACCOUNTS_ANNOTATION),
    contents: property(value, 'credspec'),
    object: value,
    path,
  };
}
