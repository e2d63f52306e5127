// SPDX-License-Identifier: Apache-2.0
// What the Events tell, and what to do about them: for the documents, in Markdown.
import type { ConfigurationNewsReason } from '../../../src/controller/webhooks/configuration-news.ts';
import type { NewsReason, TOLD_REASONS } from '../../../src/controller/status/status-news.ts';

/** A reason of Events. */
export interface EventMeaning {
  readonly tells: string;
  readonly remedy: string;
}

/** About credspecs, but for what is told with the reason of a condition. */
export const CREDSPEC_EVENT_MEANINGS = {
  AccessGranted: { tells: 'to whom access was granted', remedy: 'nothing' },
  AccessRevoked: { tells: 'from whom it was taken', remedy: 'nothing' },
  Ready: { tells: 'the credspec is ready again after it was not', remedy: 'nothing' },
  DriftRepaired: {
    tells:
      'somebody else changed or deleted a generated object, or planted one, and the operator restored or removed it; by which field manager, where that is known',
    remedy: 'leave generated objects alone, and write who is allowed into the annotation',
  },
  ReconcileFailed: {
    tells:
      'something keeps failing before it comes to a status: perhaps the status itself cannot be written',
    remedy: 'read the message and the log of the operator; it is tried again',
  },
} as const satisfies Readonly<
  Record<Exclude<NewsReason, (typeof TOLD_REASONS)[number]>, EventMeaning>
>;

/** About the webhook configurations. */
export const CONFIGURATION_EVENT_MEANINGS = {
  WebhookRegistered: { tells: 'the configuration was created', remedy: 'nothing' },
  DriftRepaired: {
    tells:
      'it was changed or deleted and has been restored; by which field manager, where that is known',
    remedy: 'keep whoever it names from changing it: GitOps tools, other webhooks of the platform',
  },
  AlteredOnWrite: {
    tells: 'something between the operator and etcd changes it whenever it is written',
    remedy: 'exempt `gmsa-operator` from what changes webhook configurations',
  },
} as const satisfies Readonly<Record<ConfigurationNewsReason, EventMeaning>>;
