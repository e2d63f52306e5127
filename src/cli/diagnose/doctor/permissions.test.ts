// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import {
  neededPermissions,
  type Permission,
  permissionText,
  SERVING_SECRET,
} from './permissions.ts';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const RBAC = new URL('../../../../config/rbac/rbac.yaml', import.meta.url);

describe('neededPermissions', () => {
  it('are those that config/rbac grants, no more and no fewer', () => {
    const roles = parseAllDocuments(readFileSync(RBAC, 'utf8'))
      .map((document) => document.toJS() as Role)
      .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    const granted = roles.flatMap(({ metadata: { namespace }, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) =>
              verbs.map((verb): Permission => ({
                verb,
                group,
                resource,
                ...(name === undefined ? {} : { name }),
                ...(namespace === undefined ? {} : { namespace }),
              })),
            ),
          ),
        ),
      ),
    );
    const inWords = (all: readonly Permission[]) =>
      all.map((each) => `${each.group} ${permissionText(each)}`).sort();
    expect(granted.length).toBeGreaterThan(30);
    expect(inWords(neededPermissions('gmsa-operator-system', SERVING_SECRET))).toEqual(
      inWords(granted),
    );
  });
});
