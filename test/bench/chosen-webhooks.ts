// SPDX-License-Identifier: Apache-2.0
// Several webhooks registered at once, of which a pod chooses one by its label. What is compared can so have its
// turn many times in the time that it takes until another registration is in force.
import type { Webhook } from '../../src/controller/webhooks/registration-types.ts';
import type { Route } from './admission-bench.ts';
import type { Configurations } from './reference-webhook.ts';

/** Whose webhooks a pod is for, and how the API server calls them. */
export interface Choice<Webhook extends string = string> {
  readonly webhook: Webhook;
  readonly route: Route;
}

/** A registration as it is, but only for pods with the label of this choice. */
export function onlyIfChosen(
  choice: Choice,
  [mutating, validating]: Configurations,
): Configurations {
  const name = `${nameOf(choice)}-if-chosen`;
  const chosen = <T extends Webhook>(webhook: T): T => ({
    ...webhook,
    name: `${nameOf(choice)}.${webhook.name}`,
    objectSelector: { matchExpressions: [{ key: labelOf(choice), operator: 'Exists' }] },
  });
  return [
    {
      ...mutating,
      metadata: { ...mutating.metadata, name },
      webhooks: (mutating.webhooks ?? []).map(chosen),
    },
    {
      ...validating,
      metadata: { ...validating.metadata, name },
      webhooks: (validating.webhooks ?? []).map(chosen),
    },
  ];
}

/** The labels of a pod that makes these choices. */
export function labelsOf(choices: readonly Choice[]): Readonly<Record<string, string>> {
  return Object.fromEntries(choices.map((choice) => [labelOf(choice), 'chosen']));
}

function labelOf(choice: Choice): string {
  return `bench.example/${nameOf(choice)}`;
}

function nameOf({ webhook, route }: Choice): string {
  return `${webhook}-by-${route.toLowerCase()}`;
}
