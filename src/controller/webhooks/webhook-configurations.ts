// SPDX-License-Identifier: Apache-2.0
// The two webhook configurations as data: what they must be, what of them is compared, and how one that
// differs is mended. Pure. The ValidatingAdmissionPolicy in config/rbac pins what is made here.
import { hash } from 'node:crypto';
import { canonicalJson } from '../../api/canonical-json.ts';
import { GROUP, MANAGED_BY_LABEL, MANAGED_BY_VALUE, PLURAL } from '../../api/credspec.ts';
import { GMSA_POD_MATCH_CONDITIONS } from '../../api/gmsa-match-conditions.ts';
import type { ManagedKind, ObjectMeta } from '../../kube/managed-object.ts';
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
  WebhookRule,
} from './registration-types.ts';

/** Name of both configurations; whatever is found under it is the operator's. */
export const WEBHOOK_CONFIGURATION_NAME = 'gmsa-operator';

/** Whom the API server calls: the Service, or a base URL for an operator out of the cluster. */
export type WebhookTarget =
  | {
      readonly type: 'service';
      readonly namespace: string;
      readonly name: string;
      /** Default 443. */
      readonly port?: number;
    }
  /** `https://host:port`, with or without a slash at its end. */
  | { readonly type: 'url'; readonly base: string };

/** See {@link desiredWebhookConfigurations}. */
export interface WebhookConfigurationSettings {
  readonly target: WebhookTarget;
  /** The certificates that the API server trusts, as PEM. */
  readonly caBundle: string;
  /** The ClusterRole with which the configurations go. */
  readonly owner?: { readonly name: string; readonly uid: string } | undefined;
  /** More annotations, on both. Those of this prefix that are not given are removed. */
  readonly annotations?: Readonly<Record<`${typeof ANNOTATION_PREFIX}${string}`, string>>;
}

const REGISTRATION_GROUP = 'admissionregistration.k8s.io';

/** AKS rewrites configurations of others that do not carry this, as label and as annotation. */
const ENFORCER_DISABLED = { 'admissions.enforcer/disabled': 'true' };

/** Annotations that begin so are ours: one that is not wanted is removed. */
const ANNOTATION_PREFIX = 'gmsa-operator.io/';

/** Enough for a look-up and a SubjectAccessReview each; a pod with a GMSA waits no longer than that. */
const POD_TIMEOUT_SECONDS = 5;

/** Warnings only: `kubectl apply` should not wait for them. */
const CREDSPEC_TIMEOUT_SECONDS = 2;

/**
 * Both configurations with every field that the API server would fill in, so that what is read back
 * compares equal.
 */
export function desiredWebhookConfigurations(
  settings: WebhookConfigurationSettings,
): readonly [MutatingWebhookConfiguration, ValidatingWebhookConfiguration] {
  const { target } = settings;
  const caBundle = Buffer.from(settings.caBundle).toString('base64');
  const client = (path: string) => ({ clientConfig: { caBundle, ...endpoint(target, path) } });
  const metadata = desiredMetadata(settings);
  const apiVersion = `${REGISTRATION_GROUP}/v1`;
  return [
    {
      apiVersion,
      kind: 'MutatingWebhookConfiguration',
      metadata,
      webhooks: [
        {
          name: 'mutate-pods.gmsa-operator.io',
          ...client('/mutate'),
          ...FOR_PODS,
          // A webhook that runs later might add a container, or change contents, after ours was called. One
          // that is the first to name a credential spec gets 422 from the validating webhook: the match
          // conditions kept ours from being called, and the API server repeats only webhooks that it called.
          reinvocationPolicy: 'IfNeeded',
        },
      ],
    },
    {
      apiVersion,
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [
        { name: 'validate-pods.gmsa-operator.io', ...client('/validate'), ...FOR_PODS },
        {
          name: 'validate-credentialspecs.gmsa-operator.io',
          ...client('/validate-credentialspec'),
          ...FOR_CREDSPECS,
        },
      ],
    },
  ];
}

/** How MutatingWebhookConfigurations are compared and repaired. */
export const mutatingWebhookKind = managedKind<MutatingWebhookConfiguration>(
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
);

/** How ValidatingWebhookConfigurations are compared and repaired. */
export const validatingWebhookKind = managedKind<ValidatingWebhookConfiguration>(
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
);

/** What all of our webhooks have in common. No selector: an exempt namespace would be one without authorization. */
const FOR_ALL = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
} as const;

/**
 * Pods are looked at when they are made, and when ephemeral containers are added. Not on UPDATE of a
 * pod: the API server refuses changes of its GMSA itself, and a finished Job's pods must lose their
 * finalizers while nobody answers.
 */
const FOR_PODS = {
  ...FOR_ALL,
  rules: [podRule('CREATE', 'pods'), podRule('UPDATE', 'pods/ephemeralcontainers')],
  failurePolicy: 'Fail',
  timeoutSeconds: POD_TIMEOUT_SECONDS,
  matchConditions: GMSA_POD_MATCH_CONDITIONS,
} as const;

const FOR_CREDSPECS = {
  ...FOR_ALL,
  rules: [
    {
      apiGroups: [GROUP],
      // Both by name: the API server then converts nothing.
      apiVersions: ['v1', 'v1alpha1'],
      operations: ['CREATE', 'UPDATE'],
      resources: [PLURAL],
      scope: 'Cluster',
    },
  ],
  failurePolicy: 'Ignore',
  timeoutSeconds: CREDSPEC_TIMEOUT_SECONDS,
} as const;

function podRule(operation: string, resource: string): WebhookRule {
  return {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: [operation],
    resources: [resource],
    scope: 'Namespaced',
  };
}

function endpoint(target: WebhookTarget, path: string): Omit<WebhookClientConfig, 'caBundle'> {
  switch (target.type) {
    case 'service': {
      const { namespace, name, port = 443 } = target;
      return { service: { namespace, name, path, port } };
    }
    case 'url':
      return { url: target.base.replace(/\/+$/, '') + path };
  }
}

function desiredMetadata({ owner, annotations }: WebhookConfigurationSettings): ObjectMeta {
  return {
    name: WEBHOOK_CONFIGURATION_NAME,
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY_VALUE, ...ENFORCER_DISABLED },
    annotations: { ...annotations, ...ENFORCER_DISABLED },
    ownerReferences:
      owner === undefined
        ? []
        : [
            {
              apiVersion: 'rbac.authorization.k8s.io/v1',
              kind: 'ClusterRole',
              name: owner.name,
              uid: owner.uid,
            },
          ],
  };
}

function managedKind<D extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
  kind: string,
  plural: string,
): ManagedKind<D> {
  return {
    resource: { group: REGISTRATION_GROUP, version: 'v1', kind, plural, namespaced: false },
    fingerprint,
    merge,
    mustReplace: () => false,
  };
}

/** 128 bits of SHA-256 over all that we decide. */
function fingerprint({
  metadata,
  webhooks,
}: MutatingWebhookConfiguration | ValidatingWebhookConfiguration): string {
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const compared = canonicalJson([
    [MANAGED_BY_LABEL, ...Object.keys(ENFORCER_DISABLED)].map((label) => labels[label] ?? ''),
    Object.fromEntries(Object.entries(annotations).filter(([key]) => isOurAnnotation(key))),
    ownerReferences,
    webhooks ?? [],
  ]);
  return hash('sha256', compared, 'buffer').toString('base64url', 0, 16);
}

/** Labels and annotations of others stay; webhooks and owners that are not ours go. */
function merge<D extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
  live: D,
  desired: D,
): D {
  const foreign = Object.entries(live.metadata.annotations ?? {}).filter(
    ([key]) => !isOurAnnotation(key),
  );
  return {
    ...desired,
    metadata: {
      ...live.metadata,
      labels: { ...live.metadata.labels, ...desired.metadata.labels },
      annotations: { ...Object.fromEntries(foreign), ...desired.metadata.annotations },
      ownerReferences: desired.metadata.ownerReferences ?? [],
    },
  };
}

function isOurAnnotation(key: string): boolean {
  return key.startsWith(ANNOTATION_PREFIX) || Object.hasOwn(ENFORCER_DISABLED, key);
}
