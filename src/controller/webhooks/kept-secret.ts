// SPDX-License-Identifier: Apache-2.0
// One of the two Secrets as the leader keeps it. The leader restores a Secret that somebody changed at once,
// and after a while if that happens again and again, or if something alters it as it is written.
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import type { Logger } from '../../kube/logger.ts';
import { createRepairLimiter } from '../../kube/repair-limiter.ts';
import type { SecretData } from '../../pki/certificate-secret.ts';
import { type CachedSecret, writeSecret } from './secret.ts';

/** A Secret, and the right to write it. */
export interface KeptSecret {
  /** As it is; undefined where there is none. */
  current(): CachedSecret | undefined;
  /** How long the next write has to wait, in milliseconds; 0 as long as what was written stays. */
  waitMs(): number;
  /** Writes it as it is to be, unless it has changed since it was `seen`. @throws what the client throws. */
  write(seen: CachedSecret | undefined, data: SecretData): Promise<void>;
}

/** A view that was listed so recently is not listed again. */
const FRESH_MS = 1_000;

/** For one term of leadership. */
export function createKeptSecret(context: {
  readonly client: KubeClient;
  readonly informer: Informer<CachedSecret>;
  readonly namespace: string;
  readonly name: string;
  readonly fieldManager: string;
  /** Field manager of creations, another one in each replica. */
  readonly creator: string;
  readonly log: Logger;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
}): KeptSecret {
  const { client, informer, namespace, name, fieldManager, creator, log, signal } = context;
  const repairs = createRepairLimiter();
  let written: SecretData | undefined;

  const current = (): CachedSecret | undefined => informer.get(`${namespace}/${name}`);

  /** What others keep beside it does not matter. */
  function isSpoilt(): boolean {
    const data = current()?.data;
    return Object.entries(written ?? {}).some(([key, value]) => data?.[key] !== value);
  }

  function happened(): void {
    repairs.happened(name);
    if (repairs.waitMs(name) === 0) return;
    log.warn(
      'A Secret of the webhooks does not stay as it is written: somebody changes it again and again',
      { secret: `${namespace}/${name}` },
    );
  }

  return {
    current,
    waitMs: () => (isSpoilt() ? repairs.waitMs(name) : 0),
    async write(seen, data) {
      const repaired = isSpoilt() ? happened : () => undefined;
      const secret = { namespace, name, data };
      const answer = await writeSecret(client, secret, seen, { fieldManager, creator }).catch(
        (error: unknown) => {
          if (classifyError(error) === 'conflict') {
            // A rival who is always quicker is not to be chased either.
            repaired();
            // Or there is no rival, and the cache is old.
            void informer.freshen(FRESH_MS, signal);
          }
          throw error;
        },
      );
      informer.observe(answer);
      written = data;
      repaired();
    },
  };
}
