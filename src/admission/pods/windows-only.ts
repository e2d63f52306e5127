// SPDX-License-Identifier: Apache-2.0
// What in a pod with a GMSA speaks against its being a Windows pod of today: Kubernetes takes it, and the
// container is not the account. Pure.
import { alphaAnnotation, notForWindows } from '../review/warnings.ts';
import { alphaAnnotations } from './annotations.ts';
import type { PodReferences } from './change.ts';
import { mentionsGmsa } from './places.ts';
import { OS_LABEL } from './pod.ts';

/** Warnings for a new pod that mentions a GMSA. */
export function windowsWarnings({ type, pod, places }: PodReferences): readonly string[] {
  if (type !== 'create' || !places.some(mentionsGmsa)) return [];
  const { os, nodeSelector } = pod.spec ?? {};
  const said = [
    ['spec.os.name', os?.name],
    [`spec.nodeSelector["${OS_LABEL}"]`, nodeSelector?.[OS_LABEL]],
  ] as const;
  return [
    ...said.flatMap(([field, value = null]) =>
      value === null || value === 'windows' ? [] : [notForWindows(field, value)],
    ),
    ...alphaAnnotations(pod.metadata?.annotations).map(alphaAnnotation),
  ];
}
