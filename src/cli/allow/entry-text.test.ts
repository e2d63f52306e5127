// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAllowedServiceAccounts } from '../../api/allowed-service-accounts.ts';
import { entriesIn, withEntry, withoutEntry } from './entry-text.ts';

describe('withEntry', () => {
  it.each([
    ['nothing', '', 'x/y'],
    ['nothing but a line break', '\n', 'x/y\n'],
    ['one entry', 'a/b', 'a/b, x/y'],
    ['a list with commas', 'a/b, c/d', 'a/b, c/d, x/y'],
    ['a list with commas alone', 'a/b,c/d', 'a/b,c/d,x/y'],
    ['a list with spaces', 'a/b c/d', 'a/b c/d x/y'],
    ['an entry on a line', 'a/b\n', 'a/b\nx/y\n'],
    ['entries on lines', 'a/b\nc/d\n', 'a/b\nc/d\nx/y\n'],
    ['lines with commas', 'a/b,\nc/d\n', 'a/b,\nc/d,\nx/y\n'],
    ['indented lines', '    a/b\n    c/d\n', '    a/b\n    c/d\n    x/y\n'],
    ['an indented line', '    a/b\n', '    a/b\n    x/y\n'],
    ['lines of Windows', 'a/b\r\n', 'a/b\r\nx/y\r\n'],
    ['several on the last line', 'a/b\nc/d, e/f\n', 'a/b\nc/d, e/f, x/y\n'],
  ])('puts it behind %s', (_, text, wanted) => {
    expect(withEntry(text, 'x/y')).toBe(wanted);
  });
});

describe('withoutEntry', () => {
  it.each([
    ['the only one', 'x/y', ''],
    ['the only one of a line', 'x/y\n', ''],
    ['the first', 'x/y, a/b', 'a/b'],
    ['one in the middle', 'a/b, x/y, c/d', 'a/b, c/d'],
    ['the last', 'a/b, x/y', 'a/b'],
    ['the last of lines', 'a/b\nx/y\n', 'a/b\n'],
    ['a line of its own', '  a/b\n  x/y\n  c/d\n', '  a/b\n  c/d\n'],
    ['the last of a line that is not the last', 'a/b, x/y\nc/d\n', 'a/b\nc/d\n'],
    ['the first of a line', 'a/b\nx/y, c/d\n', 'a/b\nc/d\n'],
    ['one that is there twice', 'x/y, a/b, x/y', 'a/b'],
    ['one that is part of others', 'ax/y, x/yz', 'ax/y, x/yz'],
    ['one that is not there', 'a/b', 'a/b'],
  ])('takes away %s', (_, text, wanted) => {
    expect(withoutEntry(text, 'x/y')).toBe(wanted);
  });
});

describe('both', () => {
  const entry = fc.constantFrom('a/b', 'c/d', 'c/*', 'e/f', '*/x', 'x/y');
  const separator = fc.stringMatching(/^[ ,\n\r\t]{1,4}$/);
  const text = fc
    .tuple(
      fc.stringMatching(/^[ ,\n]{0,3}$/),
      fc.array(fc.tuple(entry, separator), { maxLength: 6 }),
    )
    .map(([first, rest]) => first + rest.flat().join(''));

  it('see the entries that the grammar sees', () => {
    fc.assert(
      fc.property(text, (value) => {
        const { grants } = parseAllowedServiceAccounts(value);
        const valid = grants.flatMap(({ namespace, serviceAccounts, allServiceAccounts }) => [
          ...serviceAccounts.map((name) => `${namespace}/${name}`),
          ...(allServiceAccounts ? [`${namespace}/*`] : []),
        ]);
        const seen = new Set(entriesIn(value).filter((each) => !each.startsWith('*')));
        expect([...seen].sort()).toEqual(valid.sort());
      }),
    );
  });

  it('leave every other entry, in its order', () => {
    fc.assert(
      fc.property(text, entry, (value, one) => {
        expect(entriesIn(withEntry(value, one))).toEqual([...entriesIn(value), one]);
        expect(entriesIn(withoutEntry(value, one))).toEqual(
          entriesIn(value).filter((other) => other !== one),
        );
      }),
    );
  });

  it('undo each other', () => {
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(entriesIn(value).length > 0);
        expect(withoutEntry(withEntry(value, 'new/one'), 'new/one')).toBe(value);
      }),
    );
  });
});
