// SPDX-License-Identifier: Apache-2.0
// The version of Kubernetes, and the CustomResourceDefinition. Pure.
import { found, judged, type Judgement, ok, unreadable } from '../finding.ts';
import { isServedElsewhere } from '../own-configurations.ts';
import type { CrdObject, Snapshot } from '../snapshot.ts';

/** The first minor version with matchConditions that are stable. */
const LOWEST_MINOR = 30;

/** Judges them. */
export function checkCluster(snapshot: Snapshot): readonly Judgement[] {
  const { kubernetes, crd } = snapshot;
  return [
    ...judged(kubernetes, 'the version of Kubernetes', checkVersion, [
      unreadable('the version of Kubernetes'),
    ]),
    ...judged(
      crd,
      'CustomResourceDefinitions',
      (value) => checkCrd(value, isServedElsewhere(snapshot)),
      [
        found(
          'error',
          'there is no CustomResourceDefinition gmsacredentialspecs.windows.k8s.io',
          'crd-missing',
        ),
      ],
    ),
  ];
}

function checkVersion(version: string): readonly Judgement[] {
  const [, minor] = /^v?1\.(\d+)/.exec(version) ?? [];
  return minor !== undefined && Number(minor) < LOWEST_MINOR
    ? [found('error', `Kubernetes ${version} is too old`, 'kubernetes-too-old')]
    : [ok(`Kubernetes ${version}`)];
}

function checkCrd({ spec, status }: CrdObject, isPlatforms: boolean): readonly Judgement[] {
  const served = spec.versions.filter((version) => version.served);
  const names = served.map(({ name }) => name).join(' and ');
  const established = status?.conditions?.find(({ type }) => type === 'Established');
  if (established?.status !== 'True') {
    return [
      found('error', 'the CustomResourceDefinition is not established', 'crd-not-established'),
    ];
  }
  if (!served.some(({ name }) => name === 'v1')) {
    return [
      found(
        'error',
        `the CustomResourceDefinition serves ${names === '' ? 'nothing' : names}, not v1`,
        'crd-missing',
      ),
    ];
  }
  const bare = served.filter(({ subresources }) => subresources?.status === undefined);
  const bareNames = bare.map(({ name }) => name).join(' and ');
  return bare.length > 0
    ? [
        found(
          isPlatforms ? 'note' : 'warning',
          `the CustomResourceDefinition has no status in ${bareNames}, so that the columns of its objects show nothing of what the operator finds`,
          'crd-without-status',
        ),
      ]
    : [ok(`the CustomResourceDefinition serves ${names}, with status`)];
}
