// SPDX-License-Identifier: Apache-2.0
// What is worth an Event and a log line when a webhook configuration was written. Pure.
import type { EnsureResult } from '../../kube/ensure-object.ts';

/** The reason of an Event about a webhook configuration. */
export type ConfigurationNewsReason = 'AlteredOnWrite' | 'DriftRepaired' | 'WebhookRegistered';

/** Something that happened to a webhook configuration. */
export interface ConfigurationNews {
  readonly type: 'Normal' | 'Warning';
  readonly reason: ConfigurationNewsReason;
  /** What the operator was doing (events.k8s.io `action`). */
  readonly action: 'Register' | 'Repair';
  readonly note: string;
}

/**
 * The news of what came of writing the configuration of this kind; `isDrift`: it was in place before.
 */
export function configurationNews(
  kind: string,
  result: EnsureResult,
  isDrift: boolean,
): ConfigurationNews | undefined {
  const by = (manager: string | undefined): string =>
    manager === undefined ? '' : ` by ${manager}`;
  switch (result.type) {
    case 'created':
      return isDrift
        ? warning('DriftRepaired', `${kind} gmsa-operator was deleted and restored`)
        : {
            type: 'Normal',
            reason: 'WebhookRegistered',
            action: 'Register',
            note: `${kind} gmsa-operator was created`,
          };
    case 'repaired':
      return isDrift
        ? warning('DriftRepaired', `${kind} gmsa-operator was changed${by(result.by)} and restored`)
        : undefined;
    case 'altered':
      return warning(
        'AlteredOnWrite',
        `${kind} gmsa-operator does not stay as it is written: another admission webhook or policy changes it on the way`,
      );
    case 'foreign':
    case 'unchanged':
    case 'updated':
      return undefined;
  }
}

function warning(reason: ConfigurationNewsReason, note: string): ConfigurationNews {
  return { type: 'Warning', reason, action: 'Repair', note };
}
