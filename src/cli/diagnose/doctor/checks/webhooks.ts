// SPDX-License-Identifier: Apache-2.0
// The webhook configurations: whether the operator's are as they should be, and who else looks at pods
// with a GMSA. Pure.
import { canonicalJson } from '../../../../api/canonical-json.ts';
import type { KubeObject } from '../../../../kube/managed-object.ts';
import type { Webhook } from '../../../../controller/webhooks/registration-types.ts';
import {
  desiredWebhookConfigurations,
  WEBHOOK_CONFIGURATION_NAME,
} from '../../../../controller/webhooks/webhook-configurations.ts';
import { valueOr } from '../../reading.ts';
import { found, type Judgement, ok, unreadable } from '../finding.ts';
import {
  isServedElsewhere,
  type OwnConfiguration,
  ownConfigurations,
  registeredTarget,
} from '../own-configurations.ts';
import type { Snapshot } from '../snapshot.ts';

/** Judges them. */
export function checkWebhooks(snapshot: Snapshot): readonly Judgement[] {
  const { mutating, validating } = snapshot;
  if (mutating.type !== 'read' || validating.type !== 'read') {
    return [unreadable('webhook configurations')];
  }
  return [...checkOwn(snapshot), ...checkOthers(snapshot)];
}

function checkOwn(snapshot: Snapshot): readonly Judgement[] {
  const own = ownConfigurations(snapshot);
  if (own.length === 0 && isServedElsewhere(snapshot)) {
    return [ok('none of this operator: it leaves admission to something else')];
  }
  const missing = (['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const)
    .filter((kind) => !own.some((each) => each.kind === kind))
    .map((kind) => found('error', `there is no ${kind} gmsa-operator`, 'configuration-missing'));
  return [...missing, ...own.map((each) => checkFields(each, snapshot))];
}

function checkFields({ kind, live, bundle }: OwnConfiguration, snapshot: Snapshot): Judgement {
  const target = registeredTarget(snapshot);
  const desired =
    target === undefined
      ? undefined
      : desiredWebhookConfigurations({ target, caBundle: bundle }).find(
          (each) => each.kind === kind,
        );
  const differences = [
    // Without it, AKS rewrites what others register.
    ...Object.entries(desired?.metadata.labels ?? {})
      .filter(([label, value]) => live.metadata.labels?.[label] !== value)
      .map(([label]) => `label ${label}`),
    ...differingWebhooks(live.webhooks ?? [], desired?.webhooks ?? []),
    ...(bundle === '' ? ['caBundle'] : []),
  ];
  return differences.length === 0
    ? ok(`the ${kind} is as it should be`)
    : found(
        'error',
        `the ${kind} is not as it should be: ${differences.join(', ')}`,
        'configuration-differs',
        { configuration: `${kind.toLowerCase()}/gmsa-operator` },
      );
}

function differingWebhooks(
  live: readonly Webhook[],
  desired: readonly Webhook[],
): readonly string[] {
  const names = new Set([...live, ...desired].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const is = live.find((webhook) => webhook.name === name);
    const should = desired.find((webhook) => webhook.name === name);
    if (is === undefined) return [`${name} is missing`];
    if (should === undefined) return [`${name} does not belong there`];
    return differingFields(is, should).map((field) => `${field} of ${name}`);
  });
}

function differingFields(is: Webhook, should: Webhook): readonly string[] {
  const text = (webhook: Webhook, field: string): string => {
    // A bundle that was taken away is told by itself.
    const { clientConfig } = webhook;
    const whole = { ...webhook, clientConfig: { caBundle: '', ...clientConfig } };
    return canonicalJson((whole as Readonly<Record<string, unknown>>)[field] ?? null);
  };
  const fields = new Set([...Object.keys(is), ...Object.keys(should)]);
  return [...fields].filter((field) => text(is, field) !== text(should, field));
}

function checkOthers(snapshot: Snapshot): readonly Judgement[] {
  const { mutating, validating } = snapshot;
  const isNeeded = isServedElsewhere(snapshot);
  const kinds = [
    ['mutatingwebhookconfiguration', valueOr(mutating, [])],
    ['validatingwebhookconfiguration', valueOr(validating, [])],
  ] as const;
  return kinds.flatMap(([kind, all]) =>
    all
      .filter((each) => each.metadata.name !== WEBHOOK_CONFIGURATION_NAME && isAboutGmsa(each))
      .map((each) => {
        const configuration = `${kind}/${each.metadata.name}`;
        const isDangerous = (each.webhooks ?? []).some(standsBeforeAllPods);
        return (isNeeded ? findingOfServer : findingOfRival)(configuration, isDangerous);
      }),
  );
}

/** Of what serves admission where this operator does not: it has to stay. */
function findingOfServer(configuration: string, isDangerous: boolean): Judgement {
  const message = `${configuration} serves admission in place of this operator`;
  return isDangerous
    ? {
        severity: 'note',
        message: `${message}; it is called for every pod, and refuses it when nobody answers`,
      }
    : ok(message);
}

/** Of what looks at the same pods as this operator. */
function findingOfRival(configuration: string, isDangerous: boolean): Judgement {
  return isDangerous
    ? found(
        'warning',
        `${configuration} is called for every pod, and refuses it when nobody answers`,
        'other-webhook-in-front-of-all-pods',
        { configuration },
      )
    : found('note', `${configuration} looks at pods with a GMSA, too`, 'other-webhook');
}

/** By their names: kubernetes-sigs/windows-gmsa, and what AKS and others make of it. */
function isAboutGmsa({
  metadata,
  webhooks = [],
}: KubeObject & { readonly webhooks?: readonly Pick<Webhook, 'name'>[] }): boolean {
  return [metadata.name, ...webhooks.map(({ name }) => name)].some((name) => /gmsa/i.test(name));
}

/** Of a webhook of others, which may have no rules. */
function standsBeforeAllPods({
  rules = [],
  failurePolicy,
  matchConditions = [],
}: Omit<Webhook, 'rules'> & Partial<Pick<Webhook, 'rules'>>): boolean {
  const pods = rules.some(({ resources }) =>
    resources.some((each) => /^(\*|pods)(\/|$)/.test(each)),
  );
  return pods && failurePolicy !== 'Ignore' && matchConditions.length === 0;
}
