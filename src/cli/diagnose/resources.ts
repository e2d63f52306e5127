// SPDX-License-Identifier: Apache-2.0
// The resources that diagnosis reads, beside credspecs.
import type { Resource } from '../../kube/client/resource.ts';

const ADMISSION = 'admissionregistration.k8s.io';

export const PODS = inNamespaces('', 'Pod');
export const EVENTS = inNamespaces('', 'Event');
export const SERVICE_ACCOUNTS = inNamespaces('', 'ServiceAccount');
export const SECRETS = inNamespaces('', 'Secret');
export const DEPLOYMENTS = inNamespaces('apps', 'Deployment');
export const REPLICA_SETS = inNamespaces('apps', 'ReplicaSet');
export const STATEFUL_SETS = inNamespaces('apps', 'StatefulSet');
export const DAEMON_SETS = inNamespaces('apps', 'DaemonSet');
export const JOBS = inNamespaces('batch', 'Job');
export const NODES = ofCluster('', 'Node');
export const NAMESPACES = ofCluster('', 'Namespace');
export const CLUSTER_ROLE_BINDINGS = ofCluster('rbac.authorization.k8s.io', 'ClusterRoleBinding');
export const CUSTOM_RESOURCE_DEFINITIONS = ofCluster(
  'apiextensions.k8s.io',
  'CustomResourceDefinition',
);
export const MUTATING_CONFIGURATIONS = ofCluster(ADMISSION, 'MutatingWebhookConfiguration');
export const VALIDATING_CONFIGURATIONS = ofCluster(ADMISSION, 'ValidatingWebhookConfiguration');
export const ADMISSION_POLICIES = ofCluster(
  ADMISSION,
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
);
export const ADMISSION_POLICY_BINDINGS = ofCluster(ADMISSION, 'ValidatingAdmissionPolicyBinding');

function inNamespaces(group: string, kind: string): Resource {
  return { ...ofCluster(group, kind), namespaced: true };
}

function ofCluster(group: string, kind: string, plural = `${kind.toLowerCase()}s`): Resource {
  return { group, version: 'v1', kind, plural, namespaced: false };
}
