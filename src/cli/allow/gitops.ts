// SPDX-License-Identifier: Apache-2.0
// Who else keeps an object as it is: Argo CD and Flux undo what is changed in the cluster and not at its
// source. Pure.
import type { ObjectMeta } from '../../kube/managed-object.ts';

/** Who manages it: `Argo CD (application shop)`; undefined where nobody does, as far as can be seen. */
export function gitOpsManager({
  labels = {},
  annotations = {},
  managedFields = [],
}: Pick<ObjectMeta, 'annotations' | 'labels' | 'managedFields'>): string | undefined {
  const managers = managedFields.map(({ manager }) => manager ?? '');
  const kustomization = fluxName(labels, 'kustomize.toolkit.fluxcd.io');
  if (kustomization !== undefined) return `Flux (Kustomization ${kustomization})`;
  const release = fluxName(labels, 'helm.toolkit.fluxcd.io');
  if (release !== undefined) return `Flux (HelmRelease ${release})`;
  if (managers.some((manager) => FLUX_MANAGERS.includes(manager))) return 'Flux';

  // Argo CD tracks by an annotation, `<application>:<group>/<kind>:<namespace>/<name>`, or by a label, which
  // is one that Helm sets as well unless it was configured to be another.
  const isArgoCds = managers.some((manager) => ARGO_CD_MANAGERS.includes(manager));
  const application =
    annotations['argocd.argoproj.io/tracking-id']?.split(':', 1)[0] ??
    labels['argocd.argoproj.io/instance'] ??
    (isArgoCds ? labels['app.kubernetes.io/instance'] : undefined);
  if (application !== undefined) return `Argo CD (application ${application})`;
  return isArgoCds ? 'Argo CD' : undefined;
}

const FLUX_MANAGERS: readonly string[] = ['kustomize-controller', 'helm-controller'];
const ARGO_CD_MANAGERS: readonly string[] = ['argocd-controller', 'argocd-application-controller'];

function fluxName(labels: Readonly<Record<string, string>>, prefix: string): string | undefined {
  const name = labels[`${prefix}/name`];
  return name === undefined ? undefined : `${labels[`${prefix}/namespace`] ?? ''}/${name}`;
}
