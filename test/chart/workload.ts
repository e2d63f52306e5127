// SPDX-License-Identifier: Apache-2.0
// Rendered objects, as far as tests look into them.
import type { ManifestObject } from './helm.ts';

/** The operator's Deployment. */
export interface Deployment extends ManifestObject {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly rollingUpdate?: object };
    readonly template: { readonly spec: PodSpec };
  };
  readonly status?: { readonly replicas?: number };
}

/** What its pods are. */
export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
  readonly volumes?: readonly Volume[];
}

/** A volume, as far as its source is looked at. */
export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string; readonly items?: readonly KeyToPath[] };
  readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[] };
}

/** Which key becomes which file. */
export interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** What runs in them. */
export interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** One of `env`. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

/** A Role or ClusterRole. */
export interface Role extends ManifestObject {
  readonly rules: readonly PolicyRule[];
}

/** One of its rules. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The Job of `helm test`. */
export interface Job extends ManifestObject {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/** Who may reach the operator's pods. */
export interface NetworkPolicy extends ManifestObject {
  readonly spec: { readonly ingress: readonly object[] };
}
