// SPDX-License-Identifier: Apache-2.0
// How the account is named in a credential spec: by its sAMAccountName, without the domain and without the `$`. The one
// check of it, for the operator and for every command.
import { quoted } from './printable.ts';

/** Longest sAMAccountName of a gMSA, in characters, without its `$`. */
export const MAX_ACCOUNT_NAME_LENGTH = 15;

/** What is wrong with the name of an account. */
export interface AccountNameProblem {
  readonly kind: 'impossible' | 'too-long' | 'with-dollar' | 'with-domain';
  /** Continues a sentence that begins with the name. */
  readonly message: string;
}

/** What is wrong with the name. Nothing is said about the empty one: it is missing. */
export function accountNameProblem(name: string): AccountNameProblem | undefined {
  const account = bareAccountName(name);
  if (/[\\/@]/.test(name) && account !== '' && !IMPOSSIBLE.test(account)) {
    return {
      kind: 'with-domain',
      message: `also names the domain. Only ${quoted(account)} is the account: write that, without the domain.`,
    };
  }
  if (name.endsWith('$')) {
    return {
      kind: 'with-dollar',
      message:
        'ends with "$". Windows adds that sign itself, and would look for an account with two of them. Remove it.',
    };
  }
  const [wrong] = IMPOSSIBLE.exec(name) ?? [];
  if (wrong !== undefined) {
    return {
      kind: 'impossible',
      message: `contains ${quoted(wrong)}, which the name of an account cannot. Write the sAMAccountName of the account without "$", as in WebApp1.`,
    };
  }
  if (name !== name.trim()) {
    return { kind: 'impossible', message: 'begins or ends with a space. Remove it.' };
  }
  if (name.length <= MAX_ACCOUNT_NAME_LENGTH) return undefined;
  return {
    kind: 'too-long',
    message: `has ${name.length} characters. The sAMAccountName of a gMSA holds ${MAX_ACCOUNT_NAME_LENGTH} and "$", and Windows looks the account up by it: it does not find a longer name, and the pod cannot log on. Write what Get-ADServiceAccount shows as SamAccountName, without "$".`,
  };
}

/** The account in `CORP\WebApp1$`, `corp.example/WebApp1` or `WebApp1@corp.example`: `WebApp1`. */
export function bareAccountName(name: string): string {
  const start = Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1;
  const [account = ''] = name.slice(start).split('@', 1);
  return account.endsWith('$') ? account.slice(0, -1) : account;
}

/** What Active Directory refuses in a sAMAccountName (MS-SAMR 3.1.1.8.4), and what nobody sees; a space is legal. */
const IMPOSSIBLE = /["/\\[\]:;|=,+*?<>@]|(?! )[\p{C}\p{Z}]/u;
