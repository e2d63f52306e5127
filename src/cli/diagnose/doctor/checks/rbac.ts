// SPDX-License-Identifier: Apache-2.0
// What the operator may do, asked of the API server, and what confines it. Pure.
import { listed } from '../../../../api/printable.ts';
import type { Reading } from '../../reading.ts';
import { type Finding, found, judged, ok } from '../finding.ts';
import { isServedElsewhere, ownConfigurations } from '../own-configurations.ts';
import { permissionText, type Purpose } from '../permissions.ts';
import type { Snapshot } from '../snapshot.ts';

/** Of config/rbac; each has a binding of the same name. */
const POLICIES = ['gmsa-operator-confinement', 'gmsa-operator-admission-confinement'];

/** Judges it. */
export function checkRbac(snapshot: Snapshot): readonly Finding[] {
  const { missingPermissions, policies, policyBindings } = snapshot;
  const unneeded = purposesOfOthers(snapshot);
  return [
    ...judged(missingPermissions, 'rbac', 'what the operator may do (SubjectAccessReviews)', {
      absent: () => [],
      read(all) {
        const missing = all.filter(
          ({ neededFor }) => neededFor === undefined || !unneeded.includes(neededFor),
        );
        return missing.length === 0
          ? [ok('rbac', 'the operator may do all that it needs')]
          : [
              found(
                'rbac',
                'error',
                `the operator may not ${listed(missing.map(permissionText))}`,
                'permission-missing',
              ),
            ];
      },
    }),
    ...checkNames(policies, 'ValidatingAdmissionPolicies'),
    ...checkNames(policyBindings, 'ValidatingAdmissionPolicyBindings'),
  ];
}

/** What this operator is installed to leave to others: the chart then does not grant it. */
function purposesOfOthers(snapshot: Snapshot): readonly Purpose[] {
  if (ownConfigurations(snapshot).length === 0 && isServedElsewhere(snapshot)) {
    return ['admission', 'own-certificates'];
  }
  const { certificate } = snapshot;
  return certificate.type === 'read' && !certificate.value.isOperators ? ['own-certificates'] : [];
}

function checkNames(names: Reading<readonly string[]>, what: string): readonly Finding[] {
  return judged(names, 'rbac', what, {
    absent: () => [],
    read(present) {
      const missing = POLICIES.filter((name) => !present.includes(name));
      return missing.length === 0
        ? [ok('rbac', `the ${what} that confine it are there`)]
        : [
            found(
              'rbac',
              'warning',
              `there are no ${what} ${missing.join(', ')}`,
              'policy-missing',
            ),
          ];
    },
  });
}
