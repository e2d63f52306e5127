// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals';
import { auditAnnotations } from './audit-annotations.ts';

it('the audit log is told of each credspec, and of the UID where there is one', () => {
  const credspecs = [
    { name: 'webapp1', uid: '705ab4f5' },
    { name: 'gone', uid: undefined },
  ];
  expect(auditAnnotations(credspecs)).toEqual({ credspecs: 'webapp1=705ab4f5, gone' });
});

it('the audit log is told nothing where there is nothing to tell', () => {
  expect(auditAnnotations([])).toBeUndefined();
});

it('the audit log is told of no more than it can hold', () => {
  const credspecs = Array.from({ length: 200 }, (_, i) => ({
    name: `${'a'.repeat(240)}${i}`,
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  }));
  const { credspecs: value = '' } = auditAnnotations(credspecs) ?? {};
  expect(value).toMatch(/ and 190 more$/);
  expect(value.length).toBeLessThan(4096);
});

it('the key is one that the API server can put its prefix before', () => {
  expect(Object.keys(auditAnnotations([{ name: 'a', uid: 'b' }]) ?? {})).toEqual([
    expect.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/),
  ]);
});
