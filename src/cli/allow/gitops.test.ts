// SPDX-License-Identifier: Apache-2.0
// Labels, annotations and field managers as the documentation of Argo CD and Flux has them.
import { describe, expect, it } from '@jest/globals';
import { gitOpsManager } from './gitops.ts';

describe('gitOpsManager', () => {
  it.each<[string, Parameters<typeof gitOpsManager>[0], string | undefined]>([
    ['nobody', {}, undefined],
    ['Helm', { labels: { 'app.kubernetes.io/instance': 'shop' } }, undefined],
    ['kubectl', { managedFields: [{ manager: 'kubectl-client-side-apply' }, {}] }, undefined],
    [
      'Argo CD that tracks by annotation',
      {
        annotations: {
          'argocd.argoproj.io/tracking-id': 'shop:windows.k8s.io/GMSACredentialSpec:shop/webapp1',
        },
      },
      'Argo CD (application shop)',
    ],
    [
      'Argo CD that tracks by a label of its own',
      { labels: { 'argocd.argoproj.io/instance': 'shop' } },
      'Argo CD (application shop)',
    ],
    [
      'Argo CD that tracks by the usual label',
      {
        labels: { 'app.kubernetes.io/instance': 'shop' },
        managedFields: [{ manager: 'argocd-controller' }],
      },
      'Argo CD (application shop)',
    ],
    [
      'Argo CD by its writes alone',
      { managedFields: [{ manager: 'argocd-application-controller' }] },
      'Argo CD',
    ],
    [
      'a Kustomization of Flux',
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      'Flux (Kustomization flux-system/apps)',
    ],
    [
      'a HelmRelease of Flux',
      {
        labels: {
          'helm.toolkit.fluxcd.io/name': 'shop',
          'helm.toolkit.fluxcd.io/namespace': 'shop',
        },
      },
      'Flux (HelmRelease shop/shop)',
    ],
    ['Flux by its writes alone', { managedFields: [{ manager: 'kustomize-controller' }] }, 'Flux'],
  ])('knows %s', (_, metadata, manager) => {
    expect(gitOpsManager(metadata)).toBe(manager);
  });
});
