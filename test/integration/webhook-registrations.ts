// SPDX-License-Identifier: Apache-2.0
// The two webhook configurations as they are registered, and how they change.
import type { ValidatingWebhookConfiguration } from '../../src/controller/webhooks/registration-types.ts';
import {
  mutatingWebhookKind,
  validatingWebhookKind,
  WEBHOOK_CONFIGURATION_NAME,
} from '../../src/controller/webhooks/webhook-configurations.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { createInformer } from '../../src/kube/informer/informer.ts';
import { decodeFingerprinted } from '../../src/kube/managed-object.ts';
import { resourcePath } from '../../src/kube/client/resource.ts';
import { createLogger } from '../../src/observability/logger.ts';

/** Which of the two. */
export type RegistrationKind = 'mutating' | 'validating';

/** What both have in common, as the API server answers it. */
export interface Registration extends ValidatingWebhookConfiguration {
  readonly metadata: ValidatingWebhookConfiguration['metadata'] & {
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

const KINDS = {
  mutating: {
    resource: mutatingWebhookKind.resource,
    decode: decodeFingerprinted(mutatingWebhookKind),
  },
  validating: {
    resource: validatingWebhookKind.resource,
    decode: decodeFingerprinted(validatingWebhookKind),
  },
};

/** Their paths. */
export const REGISTRATION_PATHS: Readonly<Record<RegistrationKind, string>> = {
  mutating: resourcePath(mutatingWebhookKind.resource, { name: WEBHOOK_CONFIGURATION_NAME }),
  validating: resourcePath(validatingWebhookKind.resource, { name: WEBHOOK_CONFIGURATION_NAME }),
};

/** One as it is; undefined where there is none. */
export async function readRegistration(
  client: KubeClient,
  kind: RegistrationKind,
): Promise<Registration | undefined> {
  try {
    return await client.request<Registration>({ method: 'GET', path: REGISTRATION_PATHS[kind] });
  } catch (error) {
    if (classifyError(error) === 'not-found') return undefined;
    throw error;
  }
}

/** Both as they are, those that are there. */
export async function readRegistrations(client: KubeClient): Promise<readonly Registration[]> {
  const both = [
    await readRegistration(client, 'mutating'),
    await readRegistration(client, 'validating'),
  ];
  return both.filter((registration) => registration !== undefined);
}

/** Digest of all that the operator decides about it. */
export function fingerprintOf(kind: RegistrationKind, registration: Registration): string {
  return KINDS[kind].decode(registration).fingerprint;
}

/** Writes one as somebody else does. @throws what the client throws. */
export async function writeRegistration(
  client: KubeClient,
  kind: RegistrationKind,
  change: (live: Registration) => object,
  fieldManager = 'kubectl-edit',
): Promise<void> {
  const live = await readRegistration(client, kind);
  if (live === undefined) throw new Error(`there is no ${kind} configuration`);
  await client.request({
    method: 'PUT',
    path: REGISTRATION_PATHS[kind],
    query: { fieldManager },
    body: change(live),
  });
}

/** A state of a configuration, and when the watch told of it. */
export interface RegistrationState {
  /** Undefined: it was deleted. */
  readonly fingerprint: string | undefined;
  readonly resourceVersion: string;
  /** By the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

/** The changes of a configuration, from the moment on at which this resolves. */
export async function watchRegistration(
  client: KubeClient,
  kind: RegistrationKind,
): Promise<{ readonly states: readonly RegistrationState[]; stop(): Promise<void> }> {
  const { resource, decode } = KINDS[kind];
  const informer = createInformer({
    client,
    log: createLogger({ level: 'error', format: 'text' }),
    resource,
    fieldSelector: `metadata.name=${WEBHOOK_CONFIGURATION_NAME}`,
    decode,
  });
  const states: RegistrationState[] = [];
  const end = new AbortController();
  const running = informer.run(end.signal);
  await informer.synced;
  informer.subscribe(({ type, object }) => {
    states.push({
      fingerprint: type === 'deleted' ? undefined : object.fingerprint,
      resourceVersion: object.resourceVersion,
      atMs: performance.now(),
    });
  });
  return {
    states,
    stop: async () => {
      end.abort();
      await running;
    },
  };
}
