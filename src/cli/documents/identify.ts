// SPDX-License-Identifier: Apache-2.0
// Which documents of a file are credential specs. Pure.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, GROUP, KIND } from '../../api/credspec.ts';
import type { ContentsPath } from '../../api/content-findings.ts';
import { items, property, text } from '../../api/untyped.ts';

/** What a document, or an item of a list in it, is. */
export type Identified =
  | {
      readonly type: 'resource';
      readonly apiVersion: string;
      /** Whatever stands there. */
      readonly name: unknown;
      readonly allowed: unknown;
      readonly contents: unknown;
      /** Where in the document the resource is. */
      readonly path: ContentsPath;
    }
  /** What New-CredentialSpec writes and container runtimes take. */
  | { readonly type: 'contents'; readonly contents: unknown }
  /** A Kubernetes object of another kind. */
  | { readonly type: 'other'; readonly kind: string }
  | { readonly type: 'unknown' };

/** What a document is; a list of Kubernetes objects is what its items are. */
export function identify(value: unknown, path: ContentsPath = []): readonly Identified[] {
  const kind = text(property(value, 'kind'));
  const apiVersion = text(property(value, 'apiVersion'));
  if (kind !== undefined && apiVersion !== undefined) {
    if (apiVersion.startsWith(`${GROUP}/`) && kind === KIND)
      return [resource(value, apiVersion, path)];
    if (kind.endsWith('List')) {
      return items(property(value, 'items')).flatMap((item, index) =>
        identify(item, [...path, 'items', index]),
      );
    }
    return [{ type: 'other', kind }];
  }
  const isContents = CONTENTS_FIELDS.some((field) => property(value, field) !== undefined);
  return [isContents ? { type: 'contents', contents: value } : { type: 'unknown' }];
}

const CONTENTS_FIELDS = ['ActiveDirectoryConfig', 'CmsPlugins', 'DomainJoinConfig'] as const;

function resource(value: unknown, apiVersion: string, path: ContentsPath): Identified {
  const metadata = property(value, 'metadata');
  return {
    type: 'resource',
    apiVersion,
    name: property(metadata, 'name'),
    allowed: property(property(metadata, 'annotations'), ALLOWED_SERVICE_ACCOUNTS_ANNOTATION),
    contents: property(value, 'credspec'),
    path,
  };
}
