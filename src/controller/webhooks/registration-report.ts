// SPDX-License-Identifier: Apache-2.0
// Reports that webhook configurations are missing, from every replica: without them the API server admits pods with a
// GMSA unchecked, and whoever deleted them may also have taken care that no replica leads.
import type { Logger } from '../../kube/logger.ts';
import { type ConfigurationSizes, missingConfigurations } from './webhook-informers.ts';

/** See {@link createRegistrationReport}. */
export interface RegistrationReportOptions {
  readonly informers: ConfigurationSizes & {
    /** By name, why there is no view yet; undefined where there is one. */
    notSynced(): Readonly<Record<string, string | undefined>>;
  };
  /** Is told how many configurations are missing. */
  readonly observe: (missing: number) => void;
  readonly log: Logger;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

/** A leader that can lead restores them sooner, and registers them sooner after an installation. */
const PATIENCE_MS = 30_000;

/** The error is logged again after this time, for as long as it lasts. */
const REPEAT_MS = 600_000;

/** A report; the function returned looks once. */
export function createRegistrationReport({
  informers,
  observe,
  log,
  nowMs = () => performance.now(),
}: RegistrationReportOptions): () => void {
  let missingSince: number | undefined;
  let loggedAt: number | undefined;

  return () => {
    if (Object.values(informers.notSynced()).some((why) => why !== undefined)) return;
    const missing = missingConfigurations(informers);
    observe(missing.length);
    if (missing.length === 0) {
      if (loggedAt !== undefined) log.info('The webhook configurations are back');
      missingSince = loggedAt = undefined;
      return;
    }
    const now = nowMs();
    missingSince ??= now;
    if (now - missingSince < PATIENCE_MS || now - (loggedAt ?? -Infinity) < REPEAT_MS) return;
    loggedAt = now;
    log.error(
      `${missing.join(' and ')} gmsa-operator is missing, and no leader has restored it: the API server admits pods with a GMSA without asking the operator. See who holds the Lease gmsa-operator; delete the Lease if that is not a replica`,
    );
  };
}
