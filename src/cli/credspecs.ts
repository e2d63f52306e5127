// SPDX-License-Identifier: Apache-2.0
// Credspecs of a cluster, as commands read them.
import { type GMSACredentialSpec, GROUP, KIND, PLURAL, VERSION } from '../api/credspec.ts';
import { quoted } from '../api/printable.ts';
import { isDns1123Subdomain } from '../api/kubernetes-names.ts';
import { ApiError, classifyError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { discover } from '../kube/client/discovery.ts';
import { type Resource, resourcePath } from '../kube/client/resource.ts';
import { CliError, usageError } from './cli-error.ts';
import { reading, valueOr } from './diagnose/reading.ts';

/** The resource. */
export const CREDSPECS: Resource = {
  group: GROUP,
  version: VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: false,
};

/**
 * The credspec of that name as it is now.
 * @throws CliError where there is none; ApiError.
 */
export async function getCredspec(client: KubeClient, name: string): Promise<GMSACredentialSpec> {
  assertCredspecName(name);
  try {
    return await client.request({ method: 'GET', path: resourcePath(CREDSPECS, { name }) });
  } catch (error) {
    if (!(error instanceof ApiError) || classifyError(error) !== 'not-found') throw error;
    // The whole resource is missing, and not this object.
    if (error.status.details?.name === undefined) throw error;
    throw new CliError(`there is no credspec ${quoted(name)} in this cluster`, {
      hint: LIST_HINT,
      cause: error,
    });
  }
}

/** Whether the CustomResourceDefinition keeps what an operator writes as status of a credspec. */
export type CredspecDefinition = 'with-status' | 'without-status';

/**
 * The one that is installed, by the API server's discovery, which is for everybody; taken to be this
 * project's where it says nothing. @throws ApiError
 */
export async function installedDefinition(client: KubeClient): Promise<CredspecDefinition> {
  const served = valueOr(await reading(discover(client, CREDSPECS)), 'with-status');
  return served === 'without-status' ? served : 'with-status';
}

const LIST_HINT = 'kubectl get gmsacredentialspecs lists those that there are';

/** Names are part of paths: one that cannot be is not asked for. @throws CliError */
export function assertCredspecName(name: string): void {
  if (isDns1123Subdomain(name)) return;
  throw usageError(
    `${quoted(name)} is not the name of a credspec: these hold lower-case letters, digits, "-" and "."`,
    LIST_HINT,
  );
}
