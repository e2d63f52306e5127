// SPDX-License-Identifier: Apache-2.0
// The admission handler: from a path and the text of an AdmissionReview to the answer, without any
// transport around it.
import { MAX_DNS1123_LABEL_LENGTH, MAX_DNS1123_SUBDOMAIN_LENGTH } from '../api/kubernetes-names.ts';
import { cut } from '../api/printable.ts';
import { type AdmissionRequest, decodeReview, encodeReview } from './review/admission-review.ts';
import { type NamespaceExists, reviewCredspec } from './credspec-review.ts';
import { ALLOWED, type Decision, deny } from './review/decision.ts';
import { cannotDecide } from './pods/denials.ts';
import { mutate, type PodReviewOptions, validate } from './pods/pod-review.ts';

/** The paths that webhooks call. */
export type AdmissionPath = '/mutate' | '/validate' | '/validate-credentialspec';

/** What to send back. 400 where the body is no AdmissionReview that could be answered. */
export interface AdmissionAnswer {
  readonly code: 200 | 400;
  readonly contentType: 'application/json' | 'text/plain; charset=utf-8';
  readonly body: string;
}

/** Answers the text of one request; `signal` ends what it waits for. Never rejects. */
export type AdmissionHandler = (
  path: AdmissionPath,
  body: string,
  signal: AbortSignal,
) => Promise<AdmissionAnswer>;

/** See {@link createAdmissionHandler}. */
export interface AdmissionHandlerOptions extends PodReviewOptions {
  /** For warnings about annotations; without it there are none about namespaces. */
  readonly namespaceExists?: NamespaceExists | undefined;
  /** Told of every decision, for logs and metrics. Must not throw. */
  readonly observe?: ((decision: ObservedDecision) => void) | undefined;
}

/**
 * A decision as logs and metrics may know it: nothing of any contents, and no text longer than Kubernetes allows,
 * whatever was sent.
 */
export interface ObservedDecision {
  readonly path: AdmissionPath;
  readonly operation: string;
  readonly subResource: string;
  readonly namespace: string;
  /** Empty where the API server is yet to make the name up. */
  readonly name: string;
  readonly allowed: boolean;
  /** As in the answer's status; 200 where the request is allowed. */
  readonly code: number;
  /** Why the request is denied. */
  readonly message: string | undefined;
  /** Names of the credspecs that were looked for; the first ten. */
  readonly credspecs: readonly string[];
  /** What was thrown, where nothing should have been: a mistake of ours, or of a collaborator. */
  readonly error: unknown;
}

/**
 * A handler for all three paths. What cannot be decided is denied, but for credspecs, which are always
 * allowed.
 *
 * @example
 * const handler = createAdmissionHandler({ credspecs, authorizer, randomHostname: 'annotated' });
 * const answer = await handler('/validate', body, AbortSignal.timeout(5_000));
 */
export function createAdmissionHandler(options: AdmissionHandlerOptions): AdmissionHandler {
  const { namespaceExists = () => undefined, observe } = options;

  return async function handle(path, body, signal) {
    const decoded = decodeReview(body);
    if ('problem' in decoded) {
      return {
        code: 400,
        contentType: 'text/plain; charset=utf-8',
        body: `${decoded.problem}\n`,
      };
    }
    const { request } = decoded;
    const { decision, error } = await decide(path, request, signal);
    observe?.(observed(path, request, decision, error));
    return {
      code: 200,
      contentType: 'application/json',
      body: encodeReview(request.uid, decision),
    };
  };

  async function decide(
    path: AdmissionPath,
    request: AdmissionRequest,
    signal: AbortSignal,
  ): Promise<{ readonly decision: Decision; readonly error?: unknown }> {
    try {
      switch (path) {
        case '/mutate':
          return { decision: await mutate(request, options, signal) };
        case '/validate':
          return { decision: await validate(request, options, signal) };
        case '/validate-credentialspec':
          return { decision: reviewCredspec(request, namespaceExists) };
      }
    } catch (error) {
      const isCredspec = path === '/validate-credentialspec';
      return { decision: isCredspec ? ALLOWED : deny(cannotDecide()), error };
    }
  }
}

const MAX_OBSERVED = 10;

function observed(
  path: AdmissionPath,
  request: AdmissionRequest,
  decision: Decision,
  error: unknown,
): ObservedDecision {
  const { operation, subResource, namespace, name } = request;
  return {
    path,
    operation: cut(operation, MAX_DNS1123_LABEL_LENGTH),
    subResource: cut(subResource, MAX_DNS1123_LABEL_LENGTH),
    namespace: cut(namespace, MAX_DNS1123_LABEL_LENGTH),
    name: cut(name, MAX_DNS1123_SUBDOMAIN_LENGTH),
    allowed: decision.allowed,
    code: decision.allowed ? 200 : decision.denial.code,
    message: decision.allowed ? undefined : decision.denial.message,
    credspecs: decision.credspecs.slice(0, MAX_OBSERVED).map((credspec) => credspec.name),
    error,
  };
}
