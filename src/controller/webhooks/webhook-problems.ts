// SPDX-License-Identifier: Apache-2.0
// Why the webhooks do not work, in words for the condition `AdmissionReady`. The words stay the same as
// long as the problem does. Pure.
import type { ConditionReason } from '../../api/conditions.ts';
import { errorMessage } from '../../kube/client/api-error.ts';

/** Why the webhooks do not work. */
export interface WebhookProblem {
  readonly reason: Exclude<
    ConditionReason<'AdmissionReady'>,
    'AdmissionReady' | 'ManagedElsewhere'
  >;
  readonly message: string;
}

/** Webhook configurations of these kinds are not there; `why` they are not made, where that is known. */
export function configurationsMissing(
  kinds: readonly string[],
  why: string | undefined,
): WebhookProblem {
  return {
    reason: 'WebhookConfigurationMissing',
    message: `${kinds.join(' and ')} gmsa-operator: not there${why === undefined ? '' : `, for ${why}`}.`,
  };
}

/** No certificate could be trusted by both configurations. */
export function noCommonAuthority(): WebhookProblem {
  return {
    reason: 'CABundleMismatch',
    message: 'The webhook configurations have no CA in common that they trust.',
  };
}

/** Which replicas there are could not be read. */
export function replicasUnknown(error: unknown): WebhookProblem {
  return {
    reason: 'CertificateInvalid',
    message: `Whether a replica answers at the address of the admission webhooks is not known: ${errorMessage(error)}`,
  };
}

/** There is no replica. */
export function noReplica(): WebhookProblem {
  return {
    reason: 'CertificateInvalid',
    message: 'No replica serves the admission webhooks: the Service has no ready endpoint.',
  };
}

/** There are replicas, and none speaks TLS; `why` not the first one. */
export function noReplicaAnswers(why: string): WebhookProblem {
  return {
    reason: 'CertificateInvalid',
    message: `No replica answers at the address of the admission webhooks: ${why}.`,
  };
}

/** A replica serves a certificate that has ended. */
export function certificateExpired(): WebhookProblem {
  return invalid('has expired');
}

/** A replica serves a certificate whose time has not come. */
export function certificateNotYetValid(): WebhookProblem {
  return invalid('is not valid yet: see whether the clocks are right');
}

/** A replica serves a certificate for others. */
export function certificateOfAnotherName(serverName: string): WebhookProblem {
  return invalid(`does not name ${serverName}`);
}

/** A replica serves a certificate that API servers do not trust. */
export function certificateUntrusted(): WebhookProblem {
  return {
    reason: 'CABundleMismatch',
    message:
      "The webhooks' certificate was not signed by a CA of the CA bundle in the webhook configurations.",
  };
}

/** What others put into the Secret cannot be served, or would not be trusted; `words` follow "The Secret". */
export function secretUnfit(
  key: string,
  { type, words }: { readonly type: 'untrusted' | 'unusable'; readonly words: string },
): WebhookProblem {
  return {
    reason: type === 'untrusted' ? 'CABundleMismatch' : 'CertificateInvalid',
    message: `The Secret ${key} ${words}.`,
  };
}

/** Certificates or configurations cannot be read or written. */
export function cannotBeKeptRight(
  inWork: 'certificates' | 'configurations',
  error: unknown,
): WebhookProblem {
  return {
    reason: inWork === 'configurations' ? 'WebhookConfigurationMissing' : 'CertificateInvalid',
    message: `The admission webhooks cannot be kept right: ${errorMessage(error)}`,
  };
}

function invalid(what: string): WebhookProblem {
  return { reason: 'CertificateInvalid', message: `The webhooks' certificate ${what}.` };
}
