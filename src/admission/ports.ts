// SPDX-License-Identifier: Apache-2.0
// What admission asks of the world around it: which credspecs there are, and who may use them. Whoever
// embeds the module brings both.

/** A credspec as admission sees it. */
export interface AdmissionCredspec {
  readonly name: string;
  /** Tells it from another one that had the name before. */
  readonly uid: string;
  /**
   * The contents as `canonicalJson` writes them: what is inlined into pods. `undefined` where the credspec
   * has none, or none that have a canonical form.
   */
  readonly contents: string | undefined;
  /** What is wrong or suspicious about the contents, in words; told as warnings, never a reason to deny. */
  readonly problems: readonly string[];
}

/** Where credspecs come from. */
export interface CredspecSource {
  /** At once, from a cache that may be a moment old. */
  cached(name: string): AdmissionCredspec | undefined;
  /**
   * From the API server itself; `undefined` where there is none of this name.
   * @throws where that cannot be found out; admission then denies.
   */
  live(name: string, signal: AbortSignal): Promise<AdmissionCredspec | undefined>;
}

/** Who asks to use what. */
export interface AuthorizationRequest {
  /** Namespace of the pod and of its service account. */
  readonly namespace: string;
  /** Name of the pod's service account. */
  readonly serviceAccount: string;
  readonly credspec: Pick<AdmissionCredspec, 'name' | 'uid'>;
}

/** Whether they may. */
export type Authorization =
  | { readonly allowed: true }
  /** `reason`: what the authorizer has to say about it, where it has. */
  | { readonly allowed: false; readonly reason?: string | undefined };

/** Who decides whether a service account may `use` a credspec. */
export interface Authorizer {
  /** @throws where that cannot be found out; admission then denies. */
  authorize(request: AuthorizationRequest, signal: AbortSignal): Promise<Authorization>;
}
