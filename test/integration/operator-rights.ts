// SPDX-License-Identifier: Apache-2.0
// What the operator may do, taken away for a while: as where config/rbac was not installed as it is.
import { RBAC_DIRECTORY, type TestCluster } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

interface Role {
  readonly rules: readonly {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const OPERATOR = 'system:serviceaccount:gmsa-operator-system:gmsa-operator';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = [
  `${RBAC}/clusterroles/gmsa-operator`,
  `${RBAC}/namespaces/gmsa-operator-system/roles/gmsa-operator`,
];
const WRITES: readonly string[] = ['create', 'patch', 'update', 'delete'];

/** Takes away the right to write a resource; resolves when the API server goes by it. */
export async function forbidWrites(
  { client, controlPlane }: Pick<TestCluster, 'client' | 'controlPlane'>,
  resource: string,
  name: string,
): Promise<void> {
  for (const path of ROLES) {
    const role = await client.request<Role>({ method: 'GET', path });
    const rules = role.rules.map((rule) =>
      rule.resources.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((verb) => !WRITES.includes(verb)) }
        : rule,
    );
    await client.request({ method: 'PUT', path, body: { ...role, rules } });
  }
  await waitFor(`no right to write ${resource}`, async () => {
    const args = ['auth', 'can-i', 'patch', `${resource}/${name}`, `--as=${OPERATOR}`];
    const { stdout } = await controlPlane.kubectl([...args, '-n', 'gmsa-operator-system']);
    return stdout.trim() === 'no';
  });
}

/** Gives everything back. */
export async function allowWrites({ kubectl }: Pick<TestCluster, 'kubectl'>): Promise<void> {
  await kubectl('apply', '-f', RBAC_DIRECTORY);
}
