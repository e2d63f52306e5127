// SPDX-License-Identifier: Apache-2.0
// Which certificate this replica serves. It follows the Secret, but no faster than the API servers come
// to trust what is in there, and takes a new one into use without closing a connection.
import { chooseServing } from '../../pki/choose-serving.ts';
import { readCertificateSecret } from '../../pki/certificate-secret.ts';
import type { ServerNames } from '../../pki/fitness.ts';
import type { CheckedKeyPair, KeyPairReading } from '../../pki/key-pair.ts';
import { propagationDelay } from '../../pki/live-trust.ts';
import { isoSeconds, validityProblem } from '../../pki/validity.ts';
import { aborted } from '../../kube/wait/abort.ts';
import { type Clock, systemClock } from '../../kube/wait/clock.ts';
import { errorMessage } from '../../kube/client/api-error.ts';
import type { Logger } from '../../kube/logger.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** Observes certificates, for metrics. */
export interface CertificateObserver {
  /** The Secret was read; `error`: its certificate cannot be served. */
  read(result: 'error' | 'ok'): void;
  /** One is served from now on. */
  served(certificate: { readonly notAfter: Date }): void;
}

/** What a replica serves. */
export interface ServingCertificate {
  /** Undefined as long as nothing is. */
  served(): CheckedKeyPair | undefined;
  /** Why no client would take what is served, in words; undefined where it is fine. */
  problem(): string | undefined;
  /** Chooses again: this process wrote something, which no informer reports. */
  look(): void;
  /** Follows the Secret until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** Nothing is served yet. */
export function createServingCertificate(context: {
  readonly informers: Pick<WebhookInformers, 'subscribe' | 'synced' | 'trust'> & {
    readonly servingSecret: Pick<WebhookInformers['servingSecret'], 'get'>;
  };
  /** Name of the Secret. */
  readonly secret: { readonly namespace: string; readonly name: string };
  /** By which API servers call. */
  readonly names: ServerNames;
  /** How long such certificates are valid, in milliseconds. */
  readonly validityMs: number;
  /** Takes a pair into use. @throws where it cannot be. */
  readonly serve: (pair: CheckedKeyPair) => void;
  readonly log: Logger;
  readonly observer?: CertificateObserver | undefined;
  /** Its monotonic clock is that of `trust`. */
  readonly clock?: Clock;
}): ServingCertificate {
  const { informers, secret, serve, log, observer, clock = systemClock } = context;
  let served: CheckedKeyPair | undefined;
  let why = 'the Secret has not been read yet';
  /** The problem that was logged last; the same is not logged again. */
  let complaint = '';
  /** The state of the Secret that was counted as read last. */
  let readVersion: string | undefined;
  let isRunning = false;
  /** Ends the wait for the next look. */
  let pause = new AbortController();

  /** Chooses again; returns the milliseconds until the next time without an event. */
  function choose(): number {
    const cached = informers.servingSecret.get(`${secret.namespace}/${secret.name}`);
    const offered = readCertificateSecret(cached?.data).keyPair;
    if (cached !== undefined && cached.resourceVersion !== readVersion) {
      readVersion = cached.resourceVersion;
      observer?.read(offered.type === 'valid' ? 'ok' : 'error');
    }
    const choice = chooseServing({
      served,
      offered,
      trust: informers.trust(),
      names: context.names,
      propagationDelayMs: propagationDelay(context.validityMs),
      now: clock.now(),
      nowMs: clock.monotonicMs(),
    });
    why = choice.reason;
    switch (choice.type) {
      case 'keep':
        if (isOfNoUse(offered)) complain(choice.reason);
        return LATEST_LOOK_MS;
      case 'wait':
        return choice.againInMs;
      case 'serve offered':
        return take(choice.pair, choice.reason);
    }
  }

  /** A pair that was not chosen: not valid, or a certificate that no client would accept. */
  function isOfNoUse(offered: KeyPairReading): boolean {
    switch (offered.type) {
      case 'absent':
        return false;
      case 'invalid':
        return true;
      case 'valid':
        return offered.pair.leaf.fingerprint !== served?.leaf.fingerprint;
    }
  }

  function look(): void {
    if (!isRunning) return;
    pause.abort();
    pause = new AbortController();
    void clock.sleep(choose(), pause.signal).then(look, () => undefined);
  }

  function take(pair: CheckedKeyPair, reason: string): number {
    try {
      serve(pair);
    } catch (error) {
      // Node takes it apart more thoroughly than we do.
      observer?.read('error');
      why = `the certificate in the Secret cannot be served: ${errorMessage(error)}`;
      complain(why);
      return LATEST_LOOK_MS;
    }
    served = pair;
    complaint = '';
    observer?.served(pair.leaf);
    log.info('Serving a new certificate', {
      fingerprint: pair.leaf.fingerprint,
      notAfter: isoSeconds(pair.leaf.notAfter),
      reason,
    });
    return LATEST_LOOK_MS;
  }

  function complain(problem: string): void {
    if (problem === complaint) return;
    complaint = problem;
    const { namespace, name } = secret;
    log.warn('The Secret of the webhooks is of no use', {
      secret: `${namespace}/${name}`,
      problem,
    });
  }

  return {
    served: () => served,
    problem: () => {
      if (served === undefined) {
        return `no certificate of Secret ${secret.namespace}/${secret.name} is served yet: ${why}`;
      }
      const ended = validityProblem(served.leaf, clock.now());
      return ended === undefined ? undefined : `the certificate that is served ${ended}`;
    },
    look,
    async run(signal) {
      await Promise.race([informers.synced, aborted(signal)]);
      if (signal.aborted) return;
      isRunning = true;
      const unsubscribe = informers.subscribe(look);
      look();
      await aborted(signal);
      isRunning = false;
      unsubscribe();
      pause.abort();
    },
  };
}

/** Events wake this replica; without one it looks again because a clock might be set. */
const LATEST_LOOK_MS = 60_000;
