// SPDX-License-Identifier: Apache-2.0
// The webhooks' certificates, self-managed: a CA in one Secret, what it signed in another. The plan is
// pure (pki/rotation-plan.ts); here its steps are done, one write after the other.
import { joinBundle, newestFirst } from '../../pki/ca-bundle.ts';
import { type Certificate, readCertificate } from '../../pki/certificate.ts';
import { certificateSecretData, readCertificateSecret } from '../../pki/certificate-secret.ts';
import type { ServerNames } from '../../pki/fitness.ts';
import type { CheckedKeyPair } from '../../pki/key-pair.ts';
import { issueCertificateAuthority, issueServingCertificate } from '../../pki/issue.ts';
import { type CertificatePlan, planCertificates } from '../../pki/rotation-plan.ts';
import { isoSeconds } from '../../pki/validity.ts';
import { errorMessage } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Informer } from '../../kube/informer.ts';
import type { Logger } from '../../kube/logger.ts';
import { type CachedSecret, type SecretData, writeSecret } from './secret.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** What the webhook configurations are to say because of the certificates. */
export interface CertificateState {
  /** Newest first, as PEM; undefined where there is none to trust yet. */
  readonly caBundle: string | undefined;
  readonly annotations: Readonly<Record<`gmsa-operator.io/${string}`, string>>;
  /** What stands in the way of a certificate, in words. */
  readonly problem: string | undefined;
  /** When to look again, in milliseconds. */
  readonly againInMs: number;
}

/** Keeps certificates right, in two halves: what the configurations trust is written in between. */
export interface CertificateReconciler {
  /** Everything up to what the configurations must hold. @throws what the client throws. */
  prepare(): Promise<CertificateState>;
  /** What may be done once they hold it. Returns whether there was anything. @throws as above. */
  complete(): Promise<'done' | 'nothing'>;
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
}

const COMMON_NAME = 'gmsa-operator webhook CA';

/** A new CA, at once again: something deletes or spoils its Secret as fast as we write it. */
const MAX_AUTHORITIES_AT_ONCE = 2;

/** A reconciler for one term of leadership. */
export function createCertificateReconciler(
  options: CertificateReconcilerOptions,
): CertificateReconciler {
  const { client, informers, authoritySecret, namespace, secrets, log } = options;
  const { servingSecret } = informers;

  function read() {
    const cached = {
      authority: authoritySecret.get(`${namespace}/${secrets.authority}`),
      serving: servingSecret.get(`${namespace}/${secrets.serving}`),
    };
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
      now: new Date(),
      nowMs: performance.now(),
    });
  }

  async function write(
    informer: Informer<CachedSecret>,
    name: string,
    seen: CachedSecret | undefined,
    data: SecretData,
  ): Promise<void> {
    const { fieldManager, creator } = options;
    const secret = { namespace, name, data };
    informer.observe(await writeSecret(client, secret, seen, { fieldManager, creator }));
  }

  async function issueAuthority(
    { cached }: ReturnType<typeof read>,
    { reason, previous }: { readonly reason: string; readonly previous: readonly Certificate[] },
  ): Promise<void> {
    const now = new Date();
    const pair = await issueCertificateAuthority({
      commonName: COMMON_NAME,
      validityMs: options.caValidityMs,
      now,
    });
    const bundle = newestFirst([certificateOf(pair.certificate), ...previous]);
    const data = certificateSecretData(pair, bundle);
    await write(authoritySecret, secrets.authority, cached.authority, data);
    log.info('Made a new CA for the webhooks', {
      reason,
      notAfter: isoSeconds(certificateOf(pair.certificate).notAfter),
    });
  }

  /** `ca.crt` of both Secrets, for whoever looks there for whom to trust. */
  async function keepBundles(
    { cached, authority, serving }: ReturnType<typeof read>,
    bundle: readonly Certificate[],
  ): Promise<void> {
    const wanted = joinBundle(bundle);
    if (authority.keyPair.type === 'valid' && joinBundle(authority.authorities) !== wanted) {
      const data = certificateSecretData(authority.keyPair.pair, bundle);
      await write(authoritySecret, secrets.authority, cached.authority, data);
    }
    if (serving.keyPair.type === 'valid' && joinBundle(serving.authorities) !== wanted) {
      const data = certificateSecretData(serving.keyPair.pair, bundle);
      await write(servingSecret, secrets.serving, cached.serving, data);
    }
  }

  return {
    async prepare() {
      if (!authoritySecret.hasSynced()) {
        const why = errorMessage(authoritySecret.problem() ?? 'it has not been read yet');
        throw new Error(`Secret ${namespace}/${secrets.authority}: ${why}`);
      }
      for (let made = 0; ; made++) {
        const state = read();
        const { step, bundle, againInMs } = plan(state);
        if (step.type !== 'issue authority' || made === MAX_AUTHORITIES_AT_ONCE) {
          await keepBundles(state, bundle);
          return {
            caBundle: bundle.length === 0 ? undefined : joinBundle(bundle),
            annotations: {},
            problem: undefined,
            againInMs,
          };
        }
        await issueAuthority(state, step);
      }
    },
    async complete() {
      const state = read();
      const { step, bundle } = plan(state);
      if (step.type !== 'issue serving certificate') return 'nothing';
      const pair = await issueServingCertificate({
        authority: step.authority,
        ...options.names,
        validityMs: options.certValidityMs,
        now: new Date(),
      });
      const data = certificateSecretData(pair, bundle);
      await write(servingSecret, secrets.serving, state.cached.serving, data);
      log.info('Made a new certificate for the webhooks', {
        reason: step.reason,
        notAfter: isoSeconds(certificateOf(pair.certificate).notAfter),
      });
      return 'done';
    },
  };
}

function certificateOf(pem: string): Certificate {
  const reading = readCertificate(pem);
  if (reading.type === 'invalid') throw new Error(`the new certificate ${reading.problem}`);
  return reading.certificate;
}
