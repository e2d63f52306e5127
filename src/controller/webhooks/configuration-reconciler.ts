// SPDX-License-Identifier: Apache-2.0
// Keeps both webhook configurations as they must be. The operator restores a changed configuration at once,
// and after a while if that happens again and again; an Event names the field manager that changed it.
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Logger } from '../../kube/logger.ts';
import { ensureObject, type EnsureResult } from '../../kube/ensure-object.ts';
import type { KubeObject, ManagedKind } from '../../kube/managed-object.ts';
import { apiVersion } from '../../kube/client/resource.ts';
import { createRepairLimiter } from '../../kube/repair-limiter.ts';
import { configurationNews } from './configuration-news.ts';
import {
  desiredWebhookConfigurations,
  mutatingWebhookKind,
  validatingWebhookKind,
  type WebhookConfigurationSettings,
} from './webhook-configurations.ts';
import type { CachedConfiguration, WebhookInformers } from './webhook-informers.ts';

/** Keeps the configurations right. */
export interface ConfigurationReconciler {
  /**
   * Makes both as `settings` say. `update`: one that is not there is not created.
   * Returns when to come back for what was put off, in milliseconds.
   * @throws what the client throws.
   */
  reconcile(
    settings: WebhookConfigurationSettings,
    mode: 'create' | 'update',
  ): Promise<{ readonly againInMs: number }>;
}

/** A reconciler for one term of leadership. */
export function createConfigurationReconciler(context: {
  readonly client: KubeClient;
  readonly informers: Pick<WebhookInformers, 'mutating' | 'validating'>;
  readonly events: EventRecorder;
  readonly fieldManager: string;
  readonly log: Logger;
}): ConfigurationReconciler {
  const { client, informers, events, fieldManager, log } = context;
  const repairs = createRepairLimiter();
  /** By kind, the fingerprint that was last seen or put in place. */
  const inPlace = new Map<string, string>();

  async function ensure<D extends KubeObject>(
    kind: ManagedKind<D>,
    informer: WebhookInformers['mutating'],
    desired: D,
    mode: 'create' | 'update',
  ): Promise<number> {
    const { kind: name } = kind.resource;
    const cached = informer.get(desired.metadata.name);
    const wanted = kind.fingerprint(desired);
    if (cached === undefined && mode === 'update') return Infinity;
    const isDrift = inPlace.get(name) === wanted && cached?.fingerprint !== wanted;
    const waitMs = isDrift ? repairs.waitMs(name) : 0;
    if (waitMs > 0) return waitMs;
    const result = await ensureObject(
      { client, kind, informer, fieldManager, creation: 'apply' },
      desired,
      // Whatever is found under this name is the operator's.
      { isOurs: () => true, begin: 'create' },
    ).catch((error: unknown) => {
      // A rival that is always quicker counts too.
      if (isDrift && classifyError(error) === 'conflict') repairs.happened(name);
      throw error;
    });
    inPlace.set(name, wanted);
    if (result.type === 'altered' || isDrift) repairs.happened(name);
    tell(name, result, isDrift, informer.get(desired.metadata.name) ?? cached);
    return result.type === 'altered' ? repairs.waitMs(name) : Infinity;
  }

  function tell(
    kind: string,
    result: EnsureResult,
    isDrift: boolean,
    configuration: CachedConfiguration | undefined,
  ): void {
    const news = configurationNews(kind, result, isDrift);
    if (news === undefined) return;
    log[news.type === 'Warning' ? 'warn' : 'info'](news.note, { reason: news.reason });
    if (configuration === undefined) return;
    const { name, uid, resourceVersion } = configuration;
    const regarding = {
      apiVersion: apiVersion(mutatingWebhookKind.resource),
      kind,
      name,
      uid,
      resourceVersion,
    };
    events.record({ regarding, ...news });
  }

  return {
    async reconcile(settings, mode) {
      const [mutating, validating] = desiredWebhookConfigurations(settings);
      // Validating first: a pod whose contents are inlined must not pass unchecked.
      const waits = [
        await ensure(validatingWebhookKind, informers.validating, validating, mode),
        await ensure(mutatingWebhookKind, informers.mutating, mutating, mode),
      ];
      return { againInMs: Math.min(...waits) };
    },
  };
}
