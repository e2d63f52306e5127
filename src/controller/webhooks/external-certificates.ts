// SPDX-License-Identifier: Apache-2.0
// The webhooks' certificate if another tool issues it: the operator writes only the CA bundle of the webhook
// configurations, which follows the Secret.
import { joinBundle } from '../../pki/certificate.ts';
import { readCertificateSecret } from '../../pki/certificate-secret.ts';
import {
  type ExternalTrust,
  externalTrustAnnotations,
  planExternal,
  readExternalTrust,
} from '../../pki/external-plan.ts';
import type { ServerNames } from '../../pki/fitness.ts';
import { secretUnfit } from './webhook-problems.ts';
import type { CertificateReconciler } from './certificate-reconciler.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** A reconciler for one term of leadership. */
export function createExternalCertificates(context: {
  readonly informers: WebhookInformers;
  readonly secret: { readonly namespace: string; readonly name: string };
  readonly names: ServerNames;
}): CertificateReconciler {
  const { informers, secret, names } = context;
  const key = `${secret.namespace}/${secret.name}`;
  let before: ExternalTrust | undefined;

  return {
    synced: Promise.resolve(),
    prepare() {
      const plan = planExternal({
        secret: readCertificateSecret(informers.servingSecret.get(key)?.data),
        before:
          before ??
          readExternalTrust([...informers.mutating.values(), ...informers.validating.values()]),
        names,
        now: new Date(),
      });
      before = plan.trust;
      const { bundle } = plan.trust;
      return Promise.resolve({
        caBundle: bundle.length === 0 ? undefined : joinBundle(bundle),
        annotations: externalTrustAnnotations(plan.trust),
        problem: plan.problem && secretUnfit(key, plan.problem),
        againInMs: plan.againInMs,
      });
    },
    complete: () => Promise.resolve('nothing'),
    subscribe: () => () => undefined,
  };
}
