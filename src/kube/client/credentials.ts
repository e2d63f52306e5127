// SPDX-License-Identifier: Apache-2.0
// What every request to the API server carries by the kubeconfig: TLS material, the authorization, and whom it
// impersonates.
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { impersonationHeaders, type KubeConfigUser } from './kube-config-user.ts';

/** The credential plugin (`exec`) of a kubeconfig that gives no credentials. */
export class CredentialPluginError extends Error {
  override readonly name = 'CredentialPluginError';
  /** What its kubeconfig says of how to install it. */
  readonly installHint: string | undefined;

  constructor(message: string, installHint: string | undefined, cause: unknown) {
    super(message, { cause });
    this.installHint = installHint;
  }
}

/**
 * The options of a request, as the current user's credentials are at this moment.
 * @throws CredentialPluginError; Error where a file with credentials cannot be read.
 */
export async function credentialsOf(kubeConfig: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  const user: KubeConfigUser | null = kubeConfig.getCurrentUser();
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw pluginError(user, error) ?? error;
  }
  const given = Object.entries((options.headers ?? {}) as OutgoingHttpHeaders).map(
    ([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const,
  );
  return {
    ...options,
    headers: {
      ...Object.fromEntries(given),
      ...impersonationHeaders(user?.impersonation ?? {}),
    },
  };
}

interface ExecPlugin {
  readonly command?: string;
  readonly installHint?: string;
}

/** Undefined where the error is about something else: errors of files have a system call of their own. */
function pluginError(user: KubeConfigUser | null, error: unknown): Error | undefined {
  const { command, installHint } = (user?.exec ?? {}) as ExecPlugin;
  if (command === undefined || !(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const plugin = `the credential plugin ${JSON.stringify(command)} of the kubeconfig`;
  if (syscall?.startsWith('spawn') === true) {
    const why = code === 'ENOENT' ? 'is not installed' : `cannot be run: ${code ?? error.message}`;
    return new CredentialPluginError(`${plugin} ${why}`, installHint, error);
  }
  return code === undefined
    ? new CredentialPluginError(`${plugin} fails: ${error.message.trim()}`, undefined, error)
    : undefined;
}
