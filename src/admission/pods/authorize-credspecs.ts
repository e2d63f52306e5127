// SPDX-License-Identifier: Apache-2.0
// Asks whether a service account may use the credspecs that its pod names.
import type {
  AdmissionCredspec,
  Authorization,
  AuthorizationRequest,
  Authorizer,
} from '../ports.ts';
import { NO_ANSWER, shownError } from '../review/shown.ts';

/** What became of asking whether a credspec may be used. */
export type Access =
  | Authorization
  /** `why` goes on after "cannot check whether …: ". */
  | { readonly allowed: 'unknown'; readonly why: string };

/** By name of the credspec. A name that is not here was not asked for. */
export type Accesses = ReadonlyMap<string, Access>;

/** A pod that names more credspecs than this is no usual one, and waits for the first of them. */
const AT_ONCE = 8;

/**
 * Asks for each credspec once, several at a time in the order given. It ends after one that may not be
 * used, for that denies the pod: a pod with many names does not become as many requests. Never rejects.
 */
export async function authorizeCredspecs(
  credspecs: readonly AdmissionCredspec[],
  options: {
    readonly authorizer: Authorizer;
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly signal: AbortSignal;
  },
): Promise<Accesses> {
  const { authorizer, namespace, serviceAccount, signal } = options;
  const accesses = new Map<string, Access>();

  async function ask({ name, uid }: AdmissionCredspec): Promise<Access['allowed']> {
    const access = await answerTo({ namespace, serviceAccount, credspec: { name, uid } });
    accesses.set(name, access);
    return access.allowed;
  }

  async function answerTo(request: AuthorizationRequest): Promise<Access> {
    try {
      return await authorizer.authorize(request, signal);
    } catch (error) {
      return { allowed: 'unknown', why: signal.aborted ? NO_ANSWER : shownError(error) };
    }
  }

  for (let start = 0; start < credspecs.length; start += AT_ONCE) {
    const answers = await Promise.all(credspecs.slice(start, start + AT_ONCE).map(ask));
    if (answers.some((allowed) => allowed !== true)) break;
  }
  return accesses;
}
