// SPDX-License-Identifier: Apache-2.0
// The operator's two webhook configurations within a snapshot. Pure.
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../../../controller/webhooks/registration-types.ts';
import {
  WEBHOOK_CONFIGURATION_NAME,
  type WebhookTarget,
} from '../../../controller/webhooks/webhook-configurations.ts';
import { valueOr } from '../reading.ts';
import type { Snapshot } from './snapshot.ts';

/** One of the two. */
export interface OwnConfiguration {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly live: MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
  /** PEM; empty where somebody took it away. */
  readonly bundle: string;
}

/** Those that there are. */
export function ownConfigurations({
  mutating,
  validating,
}: Pick<Snapshot, 'mutating' | 'validating'>): readonly OwnConfiguration[] {
  const own = <C extends OwnConfiguration['live']>(all: readonly C[]): C | undefined =>
    all.find(({ metadata }) => metadata.name === WEBHOOK_CONFIGURATION_NAME);
  const found = [
    { kind: 'MutatingWebhookConfiguration', live: own(valueOr(mutating, [])) },
    { kind: 'ValidatingWebhookConfiguration', live: own(valueOr(validating, [])) },
  ] as const;
  return found.flatMap(({ kind, live }) =>
    live === undefined ? [] : [{ kind, live, bundle: bundleOf(clientConfig(live)) }],
  );
}

/** Whom the configurations tell the API server to call; undefined where that makes no sense. */
export function registeredTarget(
  snapshot: Pick<Snapshot, 'mutating' | 'validating'>,
): WebhookTarget | undefined {
  const [first] = ownConfigurations(snapshot);
  const { service, url } = (first && clientConfig(first.live)) ?? {};
  if (service !== undefined) {
    const { namespace, name, port } = service;
    return { type: 'service', namespace, name, port };
  }
  const origin = URL.parse(url ?? '')?.origin;
  return origin === undefined ? undefined : { type: 'url', base: origin };
}

/** The name that the certificate must hold. */
export function registeredName(
  snapshot: Pick<Snapshot, 'mutating' | 'validating'>,
): string | undefined {
  const target = registeredTarget(snapshot);
  switch (target?.type) {
    case 'service':
      return `${target.name}.${target.namespace}.svc`;
    case 'url':
      return new URL(target.base).hostname.replace(/^\[|\]$/g, '');
    case undefined:
      return undefined;
  }
}

function clientConfig({ webhooks }: OwnConfiguration['live']): WebhookClientConfig | undefined {
  return webhooks?.[0]?.clientConfig;
}

/** The CA bundle, as PEM; empty where somebody took it away. */
export function bundleOf(config: WebhookClientConfig | undefined): string {
  return Buffer.from(config?.caBundle ?? '', 'base64').toString('utf8');
}

/**
 * Whether the operator leaves admission to something else: its Deployment says so, and where there is none,
 * the status of every credspec.
 */
export function isServedElsewhere({
  credspecs,
  settings,
}: Pick<Snapshot, 'credspecs' | 'settings'>): boolean {
  if (settings.admission !== undefined) return !settings.admission;
  return valueOr(credspecs, []).some(({ status }) =>
    status?.conditions?.some(({ reason }) => reason === 'ManagedElsewhere'),
  );
}
