// SPDX-License-Identifier: Apache-2.0
// What every replica watches to serve the webhooks: the Secret with their certificate, and both webhook
// configurations, each by its name; and what the API servers trust, as far as these tell.
import { type LiveTrust, observeTrust } from '../../pki/live-trust.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { confirmView } from '../../kube/informer/confirm-view.ts';
import {
  createInformer,
  type Informer,
  type InformerOptions,
} from '../../kube/informer/informer.ts';
import { createListWatch } from '../../kube/informer/list-watch.ts';
import type { CachedObject } from '../../kube/informer/object-cache.ts';
import type { Logger } from '../../kube/logger.ts';
import {
  decodeFingerprinted,
  type Fingerprinted,
  type ManagedKind,
} from '../../kube/managed-object.ts';
import type { RawObject } from '../../kube/informer/watch-events.ts';
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from './registration-types.ts';
import { type CachedSecret, decodeSecret, secretResource } from './secret.ts';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
  WEBHOOK_CONFIGURATION_NAME,
} from './webhook-configurations.ts';

/** What the cache keeps of a webhook configuration. */
export interface CachedConfiguration extends Fingerprinted {
  /** The CA bundle of each of its webhooks, as PEM. */
  readonly caBundles: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** The views, and what follows from them. */
export interface WebhookInformers {
  readonly servingSecret: Informer<CachedSecret>;
  readonly mutating: Informer<CachedConfiguration>;
  readonly validating: Informer<CachedConfiguration>;
  /** Resolves when each has its first list. */
  readonly synced: Promise<unknown>;
  /** Each by name, with what keeps it from its first list; `undefined` where nothing does. */
  notSynced(): Readonly<Record<string, string | undefined>>;
  /**
   * Lists again what was not listed a moment ago: a new leader must not act on what a dead watch reported
   * last. Resolves when that has succeeded, or when `signal` is aborted; never rejects.
   */
  freshen(signal: AbortSignal): Promise<void>;
  /**
   * Reads all of them, past the watches, and lists again what differs from what the watches reported; returns the names of
   * those. @throws what the client throws.
   */
  confirm(signal: AbortSignal): Promise<readonly string[]>;
  /** What all registered webhooks trust, and since when this replica knows. */
  trust(): LiveTrust;
  /** Calls `listener` when any of the objects changes; returns how to end that. */
  subscribe(listener: () => void): () => void;
  run(signal: AbortSignal): Promise<void>;
}

/** A list this young, in milliseconds, is as good as a new one. */
const FRESH_MS = 2_000;

/** Informers of one replica. */
export function createWebhookInformers(context: {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly namespace: string;
  readonly servingSecret: string;
}): WebhookInformers {
  const { namespace, servingSecret: secretName } = context;
  const views = {
    'certificate Secret': viewOf(secretOptions(context, { namespace, name: secretName })),
    'mutating webhook configuration': viewOf(configurationOptions(context, mutatingWebhookKind)),
    'validating webhook configuration': viewOf(
      configurationOptions(context, validatingWebhookKind),
    ),
  };
  const servingSecret = views['certificate Secret'].informer;
  const mutating = views['mutating webhook configuration'].informer;
  const validating = views['validating webhook configuration'].informer;
  const all = Object.entries(views).map(([name, { informer }]) => [name, informer] as const);

  let trust: LiveTrust | undefined;
  function observe(): LiveTrust {
    const bundles = [...mutating.values(), ...validating.values()].flatMap(
      ({ caBundles }) => caBundles,
    );
    trust = observeTrust(trust, bundles, performance.now());
    return trust;
  }
  // At once, because the propagation delay begins with it.
  mutating.subscribe(observe);
  validating.subscribe(observe);

  return {
    servingSecret,
    mutating,
    validating,
    synced: Promise.all(all.map(([, informer]) => informer.synced)),
    notSynced: () =>
      Object.fromEntries(
        all.map(([name, informer]) => [
          name.replaceAll(' ', '-').toLowerCase(),
          informer.hasSynced() ? undefined : waitingFor(name, informer.problem()),
        ]),
      ),
    freshen: async (signal) => {
      await Promise.all(all.map(([, informer]) => informer.freshen(FRESH_MS, signal)));
    },
    confirm: async (signal) => {
      const results = Object.entries(views).map(async ([name, { informer, listWatch }]) => {
        const result = await confirmView(informer, listWatch, signal);
        return result === 'behind' ? [name] : [];
      });
      return (await Promise.all(results)).flat();
    },
    trust: observe,
    subscribe(listener) {
      const ends = all.map(([, informer]) => informer.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    run: async (signal) => {
      await Promise.all(all.map(([, informer]) => informer.run(signal)));
    },
  };
}

/** How many configurations there are of each kind: one or none. */
export type ConfigurationSizes = Readonly<
  Record<'mutating' | 'validating', { readonly size: number }>
>;

/** The kinds of those configurations that are not there. */
export function missingConfigurations({
  mutating,
  validating,
}: ConfigurationSizes): readonly string[] {
  return [
    ...(mutating.size === 0 ? [mutatingWebhookKind.resource.kind] : []),
    ...(validating.size === 0 ? [validatingWebhookKind.resource.kind] : []),
  ];
}

/** A view of one Secret. */
export function createSecretInformer(
  context: ViewContext,
  secret: { readonly namespace: string; readonly name: string },
): Informer<CachedSecret> {
  return createInformer(secretOptions(context, secret));
}

interface ViewContext {
  readonly client: KubeClient;
  readonly log: Logger;
}

function viewOf<T extends CachedObject>(options: InformerOptions<T>) {
  return { informer: createInformer(options), listWatch: createListWatch(options) };
}

function secretOptions(
  { client, log }: ViewContext,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): InformerOptions<CachedSecret> {
  return {
    client,
    log,
    resource: secretResource,
    namespace,
    // RBAC allows a watch of one name where it is asked for so.
    fieldSelector: `metadata.name=${name}`,
    decode: decodeSecret,
  };
}

function configurationOptions<
  D extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration,
>({ client, log }: ViewContext, kind: ManagedKind<D>): InformerOptions<CachedConfiguration> {
  const fingerprinted = decodeFingerprinted(kind);
  return {
    client,
    log,
    resource: kind.resource,
    fieldSelector: `metadata.name=${WEBHOOK_CONFIGURATION_NAME}`,
    decode: (raw) => {
      const { webhooks, metadata } = raw as RawObject & D;
      return {
        ...fingerprinted(raw),
        caBundles: (webhooks ?? []).map(({ clientConfig }) =>
          Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
        ),
        annotations: metadata.annotations ?? {},
      };
    },
  };
}

function waitingFor(name: string, problem: unknown): string {
  return problem instanceof Error ? `${name}: ${problem.message}` : `waiting for the ${name}`;
}
