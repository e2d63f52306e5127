// SPDX-License-Identifier: Apache-2.0
// The resources that diagnosis reads, beside credspecs.
import type { Resource } from '../../kube/client/resource.ts';

const core = (kind: string, plural: string, scope: 'Cluster' | 'Namespaced'): Resource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: scope === 'Namespaced',
});

const apps = (kind: string, plural: string): Resource => ({
  group: 'apps',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});

export const PODS = core('Pod', 'pods', 'Namespaced');
export const EVENTS = core('Event', 'events', 'Namespaced');
export const NODES = core('Node', 'nodes', 'Cluster');
export const SERVICE_ACCOUNTS = core('ServiceAccount', 'serviceaccounts', 'Namespaced');
export const NAMESPACES = core('Namespace', 'namespaces', 'Cluster');
export const SECRETS = core('Secret', 'secrets', 'Namespaced');
export const DEPLOYMENTS = apps('Deployment', 'deployments');
export const REPLICA_SETS = apps('ReplicaSet', 'replicasets');
export const STATEFUL_SETS = apps('StatefulSet', 'statefulsets');
export const DAEMON_SETS = apps('DaemonSet', 'daemonsets');
export const JOBS: Resource = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

const admission = (kind: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
  plural:
    kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : `${kind.toLowerCase()}s`,
  namespaced: false,
});

export const MUTATING_CONFIGURATIONS = admission('MutatingWebhookConfiguration');
export const VALIDATING_CONFIGURATIONS = admission('ValidatingWebhookConfiguration');
export const ADMISSION_POLICIES = admission('ValidatingAdmissionPolicy');
export const ADMISSION_POLICY_BINDINGS = admission('ValidatingAdmissionPolicyBinding');
