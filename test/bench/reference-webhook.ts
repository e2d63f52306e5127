// SPDX-License-Identifier: Apache-2.0
// The reference beside which the operator's webhooks are measured, and its registration: as the
// operator's own in everything but whom it calls.
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../src/controller/webhooks/registration-types.ts';
import {
  desiredWebhookConfigurations,
  type WebhookTarget,
} from '../../src/controller/webhooks/webhook-configurations.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BenchProcess, startBenchProcess } from './bench-process.ts';

/** What the program is told. */
export interface ReferenceSetup {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  /** What every `/mutate` is answered: a JSON patch in Base64, as in a review. */
  readonly patch: string;
}

/** A running reference. */
export interface ReferenceWebhook {
  /** On every address of the machine. */
  readonly port: number;
  close(): Promise<void>;
}

/** Both configurations of a webhook. */
export type Configurations = readonly [
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
];

/** Starts the reference; resolves when it listens. */
export async function startReferenceWebhook(setup: ReferenceSetup): Promise<ReferenceWebhook> {
  const program = await startBenchProcess('reference-webhook-program.ts', setup);
  try {
    return { port: await portOf(program), close: () => program.close() };
  } catch (error) {
    await program.close();
    throw error;
  }
}

/**
 * Registers somebody else for the pods that the operator is registered for: the same rules, match
 * conditions and policies under another name.
 */
export function configurationsLikeOurs(
  name: string,
  settings: { readonly target: WebhookTarget; readonly caBundle: string },
): Configurations {
  const [mutating, validating] = desiredWebhookConfigurations(settings);
  return [
    {
      ...mutating,
      metadata: { ...mutating.metadata, name },
      webhooks: (mutating.webhooks ?? []).map((webhook) => ({
        ...webhook,
        name: `mutate-pods.${name}.example`,
      })),
    },
    {
      ...validating,
      metadata: { ...validating.metadata, name },
      webhooks: (validating.webhooks ?? [])
        .filter(({ name: webhook }) => webhook.startsWith('validate-pods.'))
        .map((webhook) => ({ ...webhook, name: `validate-pods.${name}.example` })),
    },
  ];
}

async function portOf(program: BenchProcess): Promise<number> {
  let ended: string | undefined;
  void program.exited.then((reason) => (ended = reason));
  return waitFor('the port of the reference webhook', async () => {
    const output = await program.output();
    const port = /^(\d+)\n/.exec(output)?.[1];
    if (ended !== undefined) throw new Error(`it ended, ${ended}: ${output}`);
    return port === undefined ? undefined : Number(port);
  });
}
