// SPDX-License-Identifier: Apache-2.0
// The file of `--webhook-client-ca`. Kubernetes exchanges a mounted Secret or ConfigMap through a symbolic link,
// which watches of the file miss, so the file is read at an interval.
import { readFile } from 'node:fs/promises';
import { nameOf, parseClientCa } from '../admission/https/client-ca.ts';
import { errorMessage } from '../kube/client/api-error.ts';
import { type Clock, systemClock } from '../kube/wait/clock.ts';
import type { Logger } from '../observability/logger.ts';

/** The CAs whose client certificates callers of the webhooks must present. */
export interface ClientCa {
  /** PEM, as the file held it when it was opened. */
  readonly bundle: string;
  /**
   * Reads the file again until `signal` is aborted, and calls `use` with each other bundle that it holds. A file
   * that cannot be used is logged, and the bundle before it stays. Never rejects.
   */
  readonly follow: (use: (bundle: string) => void, signal: AbortSignal) => Promise<void>;
}

/** kubelet takes up to a minute to bring a change to a pod; another 10 s do not matter. */
export const CLIENT_CA_INTERVAL_MS = 10_000;

/**
 * Reads the file for the first time.
 * @throws Error that names the flag and the file, where it cannot be read or holds no certificate.
 */
export async function openClientCa(
  file: string,
  log: Logger,
  clock: Pick<Clock, 'sleep'> = systemClock,
): Promise<ClientCa> {
  const bundle = await readBundle(file);
  log.info('Callers of the webhooks must present a client certificate', logged(file, bundle));

  const follow: ClientCa['follow'] = async (use, signal) => {
    let used = bundle;
    /** The problem that was logged last; the same is not logged again. */
    let complaint = '';
    while (await slept(clock, signal)) {
      try {
        const next = await readBundle(file);
        if (next !== used) {
          use(next);
          used = next;
          log.info('The client CAs of the webhooks have changed', logged(file, next));
        }
        complaint = '';
      } catch (error) {
        const problem = errorMessage(error);
        if (problem === complaint) continue;
        complaint = problem;
        log.error('The client CAs of the webhooks stay as they were', { error });
      }
    }
  };

  return { bundle, follow };
}

/** False where the signal was aborted meanwhile. */
async function slept(clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(CLIENT_CA_INTERVAL_MS, signal).catch(() => undefined);
  return !signal.aborted;
}

async function readBundle(file: string): Promise<string> {
  try {
    const bundle = await readFile(file, 'utf8');
    parseClientCa(bundle);
    return bundle;
  } catch (error) {
    throw new Error(
      `--webhook-client-ca: give a PEM file with the CAs of your API servers' client certificates; ${JSON.stringify(file)} cannot be used`,
      { cause: error },
    );
  }
}

/** Who is trusted, and until when. */
function logged(
  file: string,
  bundle: string,
): { readonly file: string; readonly authorities: string } {
  const authorities = parseClientCa(bundle).map(
    ({ subject, validTo }) => `${nameOf(subject)} until ${validTo}`,
  );
  return { file, authorities: authorities.join('; ') };
}
