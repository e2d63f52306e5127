// SPDX-License-Identifier: Apache-2.0
// Every replica reads the few objects on which admission depends now and then, past its watches: a connection that is
// dead without a word must not keep a broken webhook configuration, or an old certificate, for minutes.
import { errorMessage } from '../../kube/client/api-error.ts';
import type { Logger } from '../../kube/logger.ts';
import { withTimeout } from '../../kube/wait/abort.ts';
import { type Clock, systemClock } from '../../kube/wait/clock.ts';
import type { WebhookInformers } from './webhook-informers.ts';

/** Between two looks: three small reads, from each replica. */
const LOOK_MS = 15_000;

/** A list of one object takes milliseconds; what takes longer has met a dead connection. */
const ANSWER_MS = 5_000;

/** The first might find a kept connection dead, which ends that; the second opens one. */
const ATTEMPTS = 2;

/** Looks again and again until `signal` is aborted, and calls `looked` after each time. Never rejects. */
export async function keepLooking({
  informers,
  looked,
  log,
  signal,
  clock = systemClock,
}: {
  readonly informers: Pick<WebhookInformers, 'confirm'>;
  readonly looked: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}): Promise<void> {
  async function look(): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      try {
        const behind = await withTimeout({ clock, ms: ANSWER_MS, parent: signal }, (timeout) =>
          informers.confirm(timeout),
        );
        if (behind.length > 0) {
          log.warn('A watch had missed a change, and was started again', { watches: behind });
        }
        return;
      } catch (error) {
        log.debug('Cannot look at the webhook configurations', { error: errorMessage(error) });
      }
    }
  }

  for (;;) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    await look();
    looked();
  }
}
