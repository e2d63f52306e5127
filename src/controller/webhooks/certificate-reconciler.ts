// SPDX-License-Identifier: Apache-2.0
// The webhooks' certificates, self-managed: a CA in one Secret, the certificate that it signed in another. The
// plan is pure (pki/rotation-plan.ts); this carries out its steps, one write after the other.
import {
  type Certificate,
  joinBundle,
  newestFirst,
  readCertificate,
} from '../../pki/certificate.ts';
import { certificateSecretData, readCertificateSecret } from '../../pki/certificate-secret.ts';
import type { ServerNames } from '../../pki/fitness.ts';
import type { CheckedKeyPair } from '../../pki/key-pair.ts';
import { issueCertificateAuthority, issueServingCertificate } from '../../pki/issue.ts';
import { type CertificatePlan, planCertificates } from '../../pki/rotation-plan.ts';
import { isoSeconds } from '../../pki/validity.ts';
import { errorMessage } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import type { Logger } from '../../kube/logger.ts';
import { type Clock, systemClock } from '../../kube/wait/clock.ts';
import type { WebhookProblem } from './webhook-problems.ts';
import { createKeptSecret } from './kept-secret.ts';
import type { CachedSecret } from './secret.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** What the webhook configurations are to say because of the certificates. */
export interface CertificateState {
  /** Newest first, as PEM; undefined where there is none to trust yet. */
  readonly caBundle: string | undefined;
  readonly annotations: Readonly<Record<`gmsa-operator.io/${string}`, string>>;
  /** What stands in the way of a certificate. */
  readonly problem: WebhookProblem | undefined;
  /** When to look again, in milliseconds. */
  readonly againInMs: number;
}

/** Keeps certificates right, in two halves: what the configurations trust is written in between. */
export interface CertificateReconciler {
  /** Resolves when all has been read that {@link WebhookInformers} do not tell of. */
  readonly synced: Promise<unknown>;
  /** Everything up to what the configurations must hold. @throws what the client throws. */
  prepare(): Promise<CertificateState>;
  /** What may be done once they hold it. Returns whether there was anything. @throws as above. */
  complete(): Promise<'done' | 'nothing'>;
  /** Calls `listener` when something has changed that {@link WebhookInformers} do not tell of. */
  subscribe(listener: () => void): () => void;
}

/** See {@link createCertificateReconciler}. */
export interface CertificateReconcilerOptions {
  readonly client: KubeClient;
  readonly informers: Pick<WebhookInformers, 'servingSecret' | 'trust'>;
  readonly authoritySecret: Informer<CachedSecret>;
  /** What this replica serves. */
  readonly served: () => CheckedKeyPair | undefined;
  readonly namespace: string;
  readonly secrets: { readonly authority: string; readonly serving: string };
  readonly names: ServerNames;
  readonly certValidityMs: number;
  readonly caValidityMs: number;
  readonly fieldManager: string;
  /** Field manager of creations, another one in each replica. */
  readonly creator: string;
  readonly log: Logger;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A reconciler for one term of leadership. */
export function createCertificateReconciler(
  options: CertificateReconcilerOptions,
): CertificateReconciler {
  const { informers, authoritySecret, namespace, secrets, log, clock = systemClock } = options;
  const authorityKept = createKeptSecret({
    ...options,
    informer: authoritySecret,
    name: secrets.authority,
  });
  const servingKept = createKeptSecret({
    ...options,
    informer: informers.servingSecret,
    name: secrets.serving,
  });

  function read() {
    const cached = { authority: authorityKept.current(), serving: servingKept.current() };
    return {
      cached,
      authority: readCertificateSecret(cached.authority?.data),
      serving: readCertificateSecret(cached.serving?.data),
    };
  }

  function plan(state: ReturnType<typeof read>): CertificatePlan {
    return planCertificates({
      authority: state.authority,
      serving: state.serving,
      served: options.served(),
      trust: informers.trust(),
      names: options.names,
      certificateValidityMs: options.certValidityMs,
      now: clock.now(),
      nowMs: clock.monotonicMs(),
    });
  }

  async function issueAuthority(
    { cached }: ReturnType<typeof read>,
    { reason, previous }: { readonly reason: string; readonly previous: readonly Certificate[] },
  ): Promise<void> {
    const now = clock.now();
    const pair = await issueCertificateAuthority({ validityMs: options.caValidityMs, now });
    const bundle = newestFirst([certificateOf(pair.certificate), ...previous]);
    const data = certificateSecretData(pair, bundle);
    await authorityKept.write(cached.authority, data);
    log.info('Made a new CA for the webhooks', {
      reason,
      notAfter: isoSeconds(certificateOf(pair.certificate).notAfter),
    });
  }

  /** `ca.crt` of both Secrets, for users who look there for the CA. */
  async function keepBundles(
    { cached, authority, serving }: ReturnType<typeof read>,
    bundle: readonly Certificate[],
  ): Promise<void> {
    for (const { kept, seen, held } of [
      { kept: authorityKept, seen: cached.authority, held: authority },
      { kept: servingKept, seen: cached.serving, held: serving },
    ]) {
      if (held.keyPair.type !== 'valid' || kept.waitMs() > 0) continue;
      if (joinBundle(held.authorities) === joinBundle(bundle)) continue;
      await kept.write(seen, certificateSecretData(held.keyPair.pair, bundle));
    }
  }

  return {
    synced: authoritySecret.synced,
    async prepare() {
      if (!authoritySecret.hasSynced()) {
        const why = errorMessage(authoritySecret.problem() ?? 'it has not been read yet');
        throw new Error(`Secret ${namespace}/${secrets.authority}: ${why}`);
      }
      for (;;) {
        const state = read();
        const { step, bundle, againInMs } = plan(state);
        if (step.type === 'issue authority' && authorityKept.waitMs() === 0) {
          await issueAuthority(state, step);
          continue;
        }
        await keepBundles(state, bundle);
        const waits = [authorityKept.waitMs(), servingKept.waitMs()].filter((ms) => ms > 0);
        return {
          caBundle: bundle.length === 0 ? undefined : joinBundle(bundle),
          annotations: {},
          problem: undefined,
          againInMs: Math.min(againInMs, ...waits),
        };
      }
    },
    async complete() {
      const state = read();
      const { step, bundle } = plan(state);
      if (step.type !== 'issue serving certificate' || servingKept.waitMs() > 0) return 'nothing';
      const pair = await issueServingCertificate({
        authority: step.authority,
        ...options.names,
        validityMs: options.certValidityMs,
        now: clock.now(),
      });
      const data = certificateSecretData(pair, bundle);
      await servingKept.write(state.cached.serving, data);
      log.info('Made a new certificate for the webhooks', {
        reason: step.reason,
        notAfter: isoSeconds(certificateOf(pair.certificate).notAfter),
      });
      return 'done';
    },
    subscribe: (listener) => authoritySecret.subscribe(listener),
  };
}

function certificateOf(pem: string): Certificate {
  const reading = readCertificate(pem);
  if (reading.type === 'invalid') throw new Error(`the new certificate ${reading.problem}`);
  return reading.certificate;
}
