// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Change } from '../kube/informer/object-cache.ts';
import { credspecsOfNamespace, priorityOf } from './credspec-controller.ts';
import type { CachedNamespace } from './informers.ts';

const CREDSPECS = [
  { name: 'in-prod', allowedAnnotation: 'dev/web prod/api' },
  { name: 'all-of-prod', allowedAnnotation: 'prod/*' },
  { name: 'in-dev', allowedAnnotation: 'dev/web' },
  { name: 'allows-nobody', allowedAnnotation: undefined },
];

function change(type: Change<unknown>['type'], terminating: boolean): Change<CachedNamespace> {
  const object = { name: 'prod', uid: 'uid-1', resourceVersion: '1', terminating };
  return { type, key: 'prod', object, source: 'watch' };
}

describe('a change of a namespace', () => {
  it.each<readonly [string, Change<CachedNamespace>, readonly string[]]>([
    [
      'that appeared wakes the credspecs that name it',
      change('added', false),
      ['in-prod', 'all-of-prod'],
    ],
    ['that is terminating wakes them', change('updated', true), ['in-prod', 'all-of-prod']],
    ['that is gone wakes them', change('deleted', false), ['in-prod', 'all-of-prod']],
    ['in anything else wakes no credspec', change('updated', false), []],
  ])('%s', (_, event, woken) => {
    expect(credspecsOfNamespace(event, CREDSPECS)).toEqual(woken);
  });
});

it('a change of just now is handled before those of a list', () => {
  expect(priorityOf({ source: 'watch' })).toBe('high');
  expect(priorityOf({ source: 'list' })).toBe('low');
});
