// SPDX-License-Identifier: Apache-2.0
// Credspecs of a cluster, as commands read them.
import { type GMSACredentialSpec, GROUP, KIND, PLURAL, VERSION } from '../api/credspec.ts';
import { decodeContents } from '../api/credspec-schema.ts';
import { quoted } from '../api/printable.ts';
import { decodeStatus } from '../api/status-schema.ts';
import { isDns1123Subdomain } from '../api/kubernetes-names.ts';
import { ApiError, classifyError } from '../kube/client/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { discover } from '../kube/client/discovery.ts';
import { type Resource, resourcePath } from '../kube/client/resource.ts';
import { CliError, usageError } from './cli-error.ts';
import { listAll, reading, valueOr } from './diagnose/reading.ts';

/** The resource. */
export const CREDSPECS: Resource = {
  group: GROUP,
  version: VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: false,
};

/**
 * A credspec as the cluster holds it. An earlier or permissive definition lets anything through as contents and
 * status, and a newer one does not change what is stored.
 */
export interface StoredCredspec extends GMSACredentialSpec {
  /**
   * Where it violates the schema, as in `credspec.CmsPlugins is a number, not a list`. The API server then refuses
   * server-side apply of a status.
   */
  readonly violations: readonly string[];
}

/** A credspec whose contents and status can be anything. */
export type RawCredspec = Omit<GMSACredentialSpec, 'status'> & { readonly status?: unknown };

/** Types what the API server sent. The metadata it checks itself, under any definition. */
export function decodeStoredCredspec(raw: RawCredspec): StoredCredspec {
  const { status: rawStatus, ...rest } = raw;
  const { status, problems } = decodeStatus(rawStatus);
  const decoded = rest.credspec === undefined ? undefined : decodeContents(rest.credspec);
  const wrong = [
    ...(decoded !== undefined && 'problems' in decoded ? decoded.problems : []),
    ...problems,
  ];
  return {
    ...rest,
    ...(status === undefined ? {} : { status }),
    violations: wrong.map(({ path, found, wanted }) => `${path} is ${found}, not ${wanted}`),
  };
}

/** All credspecs. @throws what the client throws. */
export async function listCredspecs(client: KubeClient): Promise<readonly StoredCredspec[]> {
  return (await listAll<RawCredspec>(client, CREDSPECS)).map(decodeStoredCredspec);
}

/**
 * The credspec of that name as it is now.
 * @throws CliError where there is none; ApiError.
 */
export async function getCredspec(client: KubeClient, name: string): Promise<StoredCredspec> {
  return decodeStoredCredspec(await getRawCredspec(client, name));
}

/** As {@link getCredspec}, as the API server sent it. */
export async function getRawCredspec(client: KubeClient, name: string): Promise<RawCredspec> {
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
