// SPDX-License-Identifier: Apache-2.0
// Abort signals combined without leaving anything behind. AbortSignal.any is not used where one of
// the signals lives as long as the process: Node keeps every derived signal that has a listener
// alive with it (measured: 1 kB a call).
import type { Clock } from './clock.ts';

/** Runs `run` with a signal that is aborted when any of `signals` is, with its reason. */
export async function withLinkedSignal<T>(
  signals: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (event: Event): void => {
    controller.abort((event.target as AbortSignal).reason);
  };
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  }
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}

/**
 * Runs `run` with a signal that is aborted after `ms` milliseconds, or with `parent`. Waits no longer
 * than that, even if `run` takes no notice of its signal.
 * @throws Error `no answer within …`; or the reason of `parent`.
 */
export async function withTimeout<T>(
  { clock, ms, parent }: { clock: Clock; ms: number; parent?: AbortSignal },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(
    () => {
      timeout.abort(new Error(`no answer within ${ms / 1000} s`));
    },
    () => undefined,
  );
  try {
    return await withLinkedSignal(
      parent === undefined ? [timeout.signal] : [timeout.signal, parent],
      (signal) => Promise.race([run(signal), rejection(signal)]),
    );
  } finally {
    done.abort();
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return rejection(signal).catch(() => undefined);
}

/** Rejects with the signal's reason when it is aborted. */
export function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
