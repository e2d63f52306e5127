// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { webhookRoutings } from './webhook-routing.ts';

describe('webhookRoutings', () => {
  it.each([
    [{}, ['request', 'connection']],
    [{ KUBERNETES_VERSION: '1.37' }, ['request', 'connection']],
    [{ KUBERNETES_VERSION: 'v1.36.3' }, ['connection']],
    [{ KUBEBUILDER_ASSETS: '/assets' }, ['default']],
    [{ KUBEBUILDER_ASSETS: '/assets', KUBERNETES_VERSION: '1.36' }, ['connection']],
  ])('with %j', (env, expected) => {
    expect(webhookRoutings(env).map(({ chosenBy }) => chosenBy)).toEqual(expected);
  });

  it('asks no API server for a feature gate that it does not know', () => {
    const args = webhookRoutings({ KUBERNETES_VERSION: '1.36' }).map(
      ({ extraApiServerArgs }) => extraApiServerArgs,
    );
    expect(args).toEqual([[]]);
  });
});
