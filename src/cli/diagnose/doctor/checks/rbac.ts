// SPDX-License-Identifier: Apache-2.0
// What the operator may do, asked of the API server, and what confines it. Pure.
import { listed } from '../../../../api/printable.ts';
import type { Reading } from '../../reading.ts';
import { found, judged, type Judgement, ok } from '../finding.ts';
import { isServedElsewhere, ownConfigurations } from '../own-configurations.ts';
import { helmRelease } from '../operator-workload.ts';
import { permissionText, type Purpose } from '../permissions.ts';
import type { Snapshot } from '../snapshot.ts';

/** Of config/rbac; each has a binding of the same name. */
export const POLICIES = [
  'gmsa-operator-confinement',
  'gmsa-operator-admission-confinement',
  'gmsa-operator-lease-confinement',
  'gmsa-operator-own-pods',
];

/** Judges it. */
export function checkRbac(snapshot: Snapshot): readonly Judgement[] {
  const { missingPermissions, policies, policyBindings, workload } = snapshot;
  const release = helmRelease(workload);
  const unneeded = purposesOfOthers(snapshot);
  return [
    ...judged(missingPermissions, 'what the operator may do (SubjectAccessReviews)', (all) => {
      const missing = all.filter(
        ({ neededFor }) => neededFor === undefined || !unneeded.includes(neededFor),
      );
      return missing.length === 0
        ? [ok('the operator may do all that it needs')]
        : [
            found(
              'error',
              `the operator may not ${listed(missing.map(permissionText))}`,
              release === undefined ? 'permission-missing' : 'permission-missing-in-release',
              release,
            ),
          ];
    }),
    ...checkNames(policies, 'ValidatingAdmissionPolicies', release),
    ...checkNames(policyBindings, 'ValidatingAdmissionPolicyBindings', release),
  ];
}

/** What this operator is installed to leave to others: the chart then does not grant it. */
function purposesOfOthers(snapshot: Snapshot): readonly Purpose[] {
  const { certificate, settings } = snapshot;
  if (settings.admission === false) return ['admission', 'own-certificates'];
  if (ownConfigurations(snapshot).length === 0 && isServedElsewhere(snapshot)) {
    return ['admission', 'own-certificates'];
  }
  if (settings.issuesCertificates !== undefined) {
    return settings.issuesCertificates ? [] : ['own-certificates'];
  }
  return certificate.type === 'read' && !certificate.value.isOperators ? ['own-certificates'] : [];
}

function checkNames(
  names: Reading<readonly string[]>,
  what: string,
  release: ReturnType<typeof helmRelease>,
): readonly Judgement[] {
  return judged(names, what, (present) => {
    const missing = POLICIES.filter((name) => !present.includes(name));
    return missing.length === 0
      ? [ok(`the ${what} that confine it are there`)]
      : [
          found(
            'warning',
            `there are no ${what} ${missing.join(', ')}`,
            release === undefined ? 'policy-missing' : 'policy-missing-in-release',
            release,
          ),
        ];
  });
}
