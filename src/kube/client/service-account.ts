// SPDX-License-Identifier: Apache-2.0
// The service account that this process is to the API server, by its own token.
import type { KubeConfig } from '@kubernetes/client-node';
import { credentialsOf } from './credentials.ts';

/** A service account by its names. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The service account whose token a kubeconfig holds; undefined for users and for other credentials.
 * @throws what the credentials of the kubeconfig throw.
 */
export async function serviceAccountOf(
  kubeConfig: KubeConfig,
): Promise<ServiceAccount | undefined> {
  const { headers } = await credentialsOf(kubeConfig);
  const header = Object.entries(headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  const token = /^Bearer\s+(.*)$/i.exec(String(header?.[1] ?? ''))?.[1];
  return token === undefined ? undefined : serviceAccountOfToken(token);
}

/** The service account that a token was issued for: its claim `sub` is `system:serviceaccount:<namespace>:<name>`. */
export function serviceAccountOfToken(token: string): ServiceAccount | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject(token)) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Nothing is verified: the API server does that with every request. */
function subject(token: string): string {
  try {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const { sub } = JSON.parse(claims) as { readonly sub?: unknown };
    return typeof sub === 'string' ? sub : '';
  } catch {
    return '';
  }
}
