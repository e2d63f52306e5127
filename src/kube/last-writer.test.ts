// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { lastWriter } from './last-writer.ts';
import type { ManagedFieldsEntry } from './managed-object.ts';

const PATHS = [['f:subjects'], ['f:metadata', 'f:labels', 'f:managed-by']];

/** As the API server writes it. */
function entry(
  manager: string,
  fieldsV1: object,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  return { manager, time: '2026-01-02T00:00:00Z', fieldsV1: { ...fieldsV1 }, ...more };
}

const LABEL = { 'f:metadata': { 'f:labels': { '.': {}, 'f:managed-by': {} } } };

describe('the last writer', () => {
  it.each<readonly [string, readonly ManagedFieldsEntry[], object]>([
    [
      'is the operator, who wrote every field',
      [entry('us', { 'f:subjects': {}, ...LABEL })],
      { type: 'operator' },
    ],
    [
      'is the operator, who wrote them in several entries',
      [entry('us', { 'f:subjects': {} }), entry('us', LABEL)],
      { type: 'operator' },
    ],
    [
      'is the operator, if others wrote other fields',
      [
        entry('us', { 'f:subjects': {}, ...LABEL }),
        entry('them', { 'f:metadata': { 'f:labels': { 'f:team': {} } } }),
      ],
      { type: 'operator' },
    ],
    [
      'is who took a field over',
      [entry('us', LABEL), entry('them', { 'f:subjects': {} })],
      { type: 'other', manager: 'them' },
    ],
    [
      'is the later of two',
      [
        entry('later', LABEL, { time: '2026-01-03T00:00:00Z' }),
        entry('earlier', { 'f:subjects': {} }),
      ],
      { type: 'other', manager: 'later' },
    ],
    [
      'is not known if a field was removed',
      [entry('us', { 'f:subjects': {} }), entry('them', { 'f:metadata': { 'f:labels': {} } })],
      { type: 'other', manager: undefined },
    ],
    ['is not known if nobody kept account', [], { type: 'other', manager: undefined }],
    [
      'is not told by an entry of a subresource',
      [entry('us', { 'f:subjects': {}, ...LABEL }, { subresource: 'status' })],
      { type: 'other', manager: undefined },
    ],
  ])('%s', (_, managedFields, writer) => {
    expect(lastWriter(managedFields, PATHS, 'us')).toEqual(writer);
  });
});
