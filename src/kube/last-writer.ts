// SPDX-License-Identifier: Apache-2.0
// Who wrote an object last, as `metadata.managedFields` tells: the API server keeps them, so the answer outlives
// a restart and a change of leader. Pure.
import type { FieldPath, ManagedFieldsEntry } from './managed-object.ts';

/** Who wrote certain fields of an object last. */
export type LastWriter =
  | { readonly type: 'operator' }
  /** `manager`: the field manager, where it is known. A field that is removed has none. */
  | { readonly type: 'other'; readonly manager: string | undefined };

/**
 * Who wrote the fields at `paths` last: the operator if every one of them belongs to the field manager `operator`.
 * The API server takes a field away from its manager when another one changes or removes it.
 */
export function lastWriter(
  managedFields: readonly ManagedFieldsEntry[],
  paths: readonly FieldPath[],
  operator: string,
): LastWriter {
  const entries = managedFields.filter(({ subresource = '' }) => subresource === '');
  const own = entries.filter(({ manager }) => manager === operator);
  const changed = paths.filter((path) => !own.some((entry) => holds(entry, path)));
  if (changed.length === 0) return { type: 'operator' };
  const others = entries
    .filter((entry) => entry.manager !== operator && changed.some((path) => holds(entry, path)))
    .toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
  return { type: 'other', manager: others.at(-1)?.manager };
}

/**
 * Who wrote an object last where it is not known which fields matter: the newest field manager that wrote no
 * earlier than the operator.
 */
export function lastOtherManager(
  managedFields: readonly ManagedFieldsEntry[],
  operator: string,
): string | undefined {
  const entries = managedFields.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
  const own = entries.findLast(({ manager }) => manager === operator)?.time ?? '';
  return entries.findLast(({ manager, time = '' }) => manager !== operator && time >= own)?.manager;
}

function holds({ fieldsV1 }: ManagedFieldsEntry, path: FieldPath): boolean {
  let fields: unknown = fieldsV1;
  for (const name of path) {
    if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return false;
    fields = (fields as Readonly<Record<string, unknown>>)[name];
  }
  return true;
}
