// SPDX-License-Identifier: Apache-2.0
// What kubectl honours of a kubeconfig's users and the client library leaves out. Pure.
import { resolve, sep } from 'node:path';
import type { Impersonation, KubeConfigUser } from '../kube/client/kube-config-user.ts';

/** A user as the file has it. */
type RawUser = Readonly<Record<string, unknown>>;

/**
 * A user of the client library with what the file says beside. Relative paths are those of the file's
 * `directory`, as for certificates.
 */
export function completedUser(
  user: KubeConfigUser,
  raw: RawUser,
  directory: string,
): KubeConfigUser {
  const { tokenFile } = raw;
  const impersonation = impersonationOf(raw);
  return {
    ...user,
    ...(typeof tokenFile === 'string' && tokenFile !== ''
      ? fromTokenFile(resolve(directory, tokenFile))
      : {}),
    ...(isExec(user.exec) ? { exec: completedExec(user.exec, directory) } : {}),
    ...(Object.keys(impersonation).length === 0 ? {} : { impersonation }),
  };
}

/** The library reads a token file, again and again, where it is that of an authentication provider. */
function fromTokenFile(tokenFile: string): Pick<KubeConfigUser, 'authProvider' | 'token'> {
  // It wins over a token that stands in the kubeconfig, which the library would take.
  return { token: '', authProvider: { name: 'tokenFile', config: { tokenFile } } };
}

interface Exec {
  readonly apiVersion?: string;
  readonly command: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

function isExec(exec: unknown): exec is Exec {
  return (
    typeof exec === 'object' && exec !== null && typeof Reflect.get(exec, 'command') === 'string'
  );
}

function completedExec(exec: Exec, directory: string): Exec {
  const isPath = exec.command.includes('/') || exec.command.includes(sep);
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    // Its stdin is not the terminal.
    spec: { interactive: false },
  };
  return {
    ...exec,
    // Any other is looked for on the PATH.
    command: isPath ? resolve(directory, exec.command) : exec.command,
    // The plugin reads from it which version of the answer is expected.
    env: [{ name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }, ...(exec.env ?? [])],
  };
}

function impersonationOf(raw: RawUser): Impersonation {
  const { 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = raw;
  const lists = typeof extra === 'object' && extra !== null ? Object.entries(extra) : [];
  return {
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
    ...(texts(groups).length > 0 ? { groups: texts(groups) } : {}),
    ...(lists.length > 0
      ? { extra: Object.fromEntries(lists.map(([key, values]) => [key, texts(values)])) }
      : {}),
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
