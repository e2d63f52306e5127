// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type ChangeKind, plannedChange } from './allowed-change.ts';

describe('plannedChange', () => {
  it.each<[ChangeKind, string, string[], string, string[]]>([
    ['allow', '', ['a/b', 'c/d'], 'a/b, c/d', ['allowed', 'allowed']],
    ['allow', 'a/b', ['a/b'], 'a/b', ['present']],
    ['allow', 'a/*', ['a/b'], 'a/*', ['covered']],
    ['allow', 'a/b', ['a/*'], 'a/b, a/*', ['allowed']],
    ['allow', '*/x', ['a/b'], '*/x, a/b', ['allowed']],
    ['revoke', 'a/b, c/d', ['a/b'], 'c/d', ['revoked']],
    ['revoke', 'a/b', ['a/b'], '', ['revoked']],
    ['revoke', 'a/b', ['c/d'], 'a/b', ['absent']],
    ['revoke', 'a/b a/*', ['a/b'], 'a/*', ['still-covered']],
    ['revoke', 'a/*', ['a/b'], 'a/*', ['still-covered']],
    ['revoke', 'a/b a/*', ['a/b', 'a/*'], '', ['revoked', 'revoked']],
    ['revoke', 'a/b *x', ['*x'], 'a/b', ['revoked']],
  ])('%s, from %j: %j makes it %j', (kind, before, entries, after, outcomes) => {
    const change = plannedChange(kind, before, entries);
    expect(change.after).toBe(after);
    expect(change.outcomes.map(({ outcome }) => outcome)).toEqual(outcomes);
  });
});
