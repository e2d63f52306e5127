// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseTarget } from './target.ts';

describe('parseTarget', () => {
  it.each([
    ['web-0', 'pods', 'web-0'],
    ['pod/web-0', 'pods', 'web-0'],
    ['po/web-0', 'pods', 'web-0'],
    ['deployment/web', 'deployments', 'web'],
    ['deploy/web', 'deployments', 'web'],
    ['Deployments/web', 'deployments', 'web'],
    ['sts/web', 'statefulsets', 'web'],
    ['job/web', 'jobs', 'web'],
  ])('takes %s as kubectl does', (written, plural, name) => {
    const target = parseTarget(written);
    expect([target.resource.plural, target.name]).toEqual([plural, name]);
  });

  it.each([
    ['service/web', 'is nothing that can be looked into'],
    ['deployment/', 'is not the name of a deployment'],
    ['deployment/a/b', 'is not the name of a deployment'],
    ['Web', 'is not the name of a pod'],
    ['../secrets/x', 'is nothing that can be looked into'],
  ])('refuses %s', (written, message) => {
    expect(() => parseTarget(written)).toThrow(message);
  });
});
