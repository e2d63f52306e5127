// SPDX-License-Identifier: Apache-2.0
// The two Secrets of the webhooks' certificates, as they are read, planted and spoilt by somebody else.
import { certificateSecretData } from '../../src/pki/certificate-secret.ts';
import { splitBundle } from '../../src/pki/certificate.ts';
import { type CheckedKeyPair, type KeyPair, readKeyPair } from '../../src/pki/key-pair.ts';
import type { Certificate } from '../../src/pki/certificate.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';

/** Where the operator is. */
export const OPERATOR_NAMESPACE = 'gmsa-operator-system';

/** Names of the two. */
export const CA_SECRET = 'gmsa-operator-webhook-ca';
export const SERVING_SECRET = 'gmsa-operator-webhook-cert';

/** The one by which API servers call the webhooks. */
export const SERVICE_HOST = `gmsa-operator-webhook.${OPERATOR_NAMESPACE}.svc`;

/** A Secret, as far as it is looked at here. */
export interface Secret {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
  readonly type: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

/** What somebody puts in place of a Secret of ours; `data` as text. */
export interface PlantedSecret {
  /** Default kubernetes.io/tls. */
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data: Readonly<Record<string, string>>;
}

/** Path of a Secret of the operator's namespace. */
export function secretPath(name: string): string {
  return `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets/${name}`;
}

/** A pair and its CA bundle, as a Secret holds them. */
export function tlsSecret(pair: KeyPair, bundle: readonly Certificate[]): PlantedSecret {
  const data = Object.entries(certificateSecretData(pair, bundle)).map(
    ([key, value]) => [key, decoded(value)] as const,
  );
  return { data: Object.fromEntries(data) };
}

/** A Secret as it is; undefined where there is none. */
export async function readSecret(client: KubeClient, name: string): Promise<Secret | undefined> {
  try {
    return await client.request<Secret>({ method: 'GET', path: secretPath(name) });
  } catch (error) {
    if (classifyError(error) === 'not-found') return undefined;
    throw error;
  }
}

/** The pair that a Secret holds and its CA bundle; undefined where it holds none. */
export async function readPair(
  client: KubeClient,
  name: string,
): Promise<{ readonly pair: CheckedKeyPair; readonly bundle: readonly Certificate[] } | undefined> {
  const data = (await readSecret(client, name))?.data;
  const reading = readKeyPair({
    certificate: decoded(data?.['tls.crt']),
    privateKey: decoded(data?.['tls.key']),
  });
  if (reading.type !== 'valid') return undefined;
  return { pair: reading.pair, bundle: splitBundle(decoded(data?.['ca.crt'])) };
}

/** Puts this in the place of whatever is there, or comes while we are at it. */
export async function plantSecret(
  client: KubeClient,
  name: string,
  planted: PlantedSecret,
): Promise<Secret> {
  for (;;) {
    await deleteSecret(client, name);
    try {
      return await client.request<Secret>({
        method: 'POST',
        path: secretPath('').replace(/\/$/, ''),
        query: { fieldManager: 'somebody' },
        body: bodyOf(name, planted),
      });
    } catch (error) {
      if (classifyError(error) !== 'already-exists') throw error;
    }
  }
}

/** Changes the Secret that is there. */
export async function spoilSecret(
  client: KubeClient,
  name: string,
  { immutable, data }: Pick<PlantedSecret, 'data' | 'immutable'>,
): Promise<Secret> {
  return client.request<Secret>({
    method: 'PATCH',
    path: secretPath(name),
    contentType: 'application/merge-patch+json',
    query: { fieldManager: 'somebody' },
    body: { immutable, data: encodedData(data) },
  });
}

/** Deletes it, if it is there. */
export async function deleteSecret(client: KubeClient, name: string): Promise<void> {
  try {
    await client.request({ method: 'DELETE', path: secretPath(name) });
  } catch (error) {
    if (classifyError(error) !== 'not-found') throw error;
  }
}

function bodyOf(name: string, { type, immutable, data }: PlantedSecret) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: OPERATOR_NAMESPACE },
    type: type ?? 'kubernetes.io/tls',
    immutable,
    data: encodedData(data),
  };
}

function encodedData(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
}

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString();
}
