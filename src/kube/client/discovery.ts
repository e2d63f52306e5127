// SPDX-License-Identifier: Apache-2.0
// What the API server serves, asked of itself.
import { classifyError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { Resource } from './resource.ts';

/** Whether a resource is served, and its status apart from it. */
export type Served = 'not-served' | 'without-status' | 'with-status';

/** Looks a resource up in the API server's discovery. @throws what the client throws. */
export async function discover(client: KubeClient, resource: Resource): Promise<Served> {
  try {
    const { resources } = await client.request<{ resources: readonly { name: string }[] }>({
      method: 'GET',
      path: `/apis/${resource.group}/${resource.version}`,
    });
    const names = new Set(resources.map(({ name }) => name));
    if (!names.has(resource.plural)) return 'not-served';
    return names.has(`${resource.plural}/status`) ? 'with-status' : 'without-status';
  } catch (error) {
    if (classifyError(error) === 'not-found') return 'not-served';
    throw error;
  }
}

/**
 * A text that changes whenever the schema of a resource's group and version does (OpenAPI v3's own
 * hash), `undefined` where there is none. @throws what the client throws.
 */
export async function schemaHash(
  client: KubeClient,
  { group, version }: Resource,
): Promise<string | undefined> {
  const { paths } = await client.request<{
    paths: Readonly<Record<string, { readonly serverRelativeURL: string } | undefined>>;
  }>({ method: 'GET', path: '/openapi/v3' });
  return paths[`apis/${group}/${version}`]?.serverRelativeURL;
}
