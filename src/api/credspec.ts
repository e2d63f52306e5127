// SPDX-License-Identifier: Apache-2.0
// The custom resource GMSACredentialSpec as types, with the names that belong to it. The schema that
// the API server holds it to is crds/windows.k8s.io_gmsacredentialspecs.yaml.
import type { Condition } from './conditions.ts';

/** API group of the custom resource. */
export const GROUP = 'windows.k8s.io';

/** The version that is stored, and that this operator reads and writes. */
export const VERSION = 'v1';

/** `apiVersion` of an object in {@link VERSION}. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Name of the resource in paths and RBAC rules. */
export const PLURAL = 'gmsacredentialspecs';

/** `kind` of the custom resource. */
export const KIND = 'GMSACredentialSpec';

/** Annotation on a credspec that says which service accounts may use it; see allowed-service-accounts.ts. */
export const ALLOWED_SERVICE_ACCOUNTS_ANNOTATION = 'gmsa-operator.io/allowed-service-accounts';

/** Annotation on generated objects: the full name of the credspec that they were generated for. */
export const CREDSPEC_ANNOTATION = 'gmsa-operator.io/credspec';

/** Label on generated objects; its value is {@link MANAGED_BY_VALUE}. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** Value of {@link MANAGED_BY_LABEL} on every object that this operator generates. */
export const MANAGED_BY_VALUE = 'gmsa-operator';

/** Field manager of every write. */
export const FIELD_MANAGER = 'gmsa-operator';

/** A credential spec in the cluster. */
export interface GMSACredentialSpec {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: CredspecMetadata;
  /** The contents. Whatever the API server let through: `decodeContents` and `checkContents` judge it. */
  readonly credspec?: unknown;
  readonly status?: CredspecStatus;
}

/** The part of `ObjectMeta` that this operator reads on a credspec. */
export interface CredspecMetadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  /** Counts changes of `credspec`; annotations do not move it. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A credential spec as Windows reads it (KEP-689): which account a container is, in which domain. */
export interface CredentialSpecContents {
  readonly ActiveDirectoryConfig?: ActiveDirectoryConfig;
  /** Credential plug-ins of the container runtime; `ActiveDirectory` for every GMSA. */
  readonly CmsPlugins?: readonly string[];
  readonly DomainJoinConfig?: DomainJoinConfig;
}

/** The accounts of a credential spec, and how a node outside of the domain gets at their passwords. */
export interface ActiveDirectoryConfig {
  readonly GroupManagedServiceAccounts?: readonly GroupManagedServiceAccount[];
  readonly HostAccountConfig?: HostAccountConfig;
}

/** One account in one spelling of its domain; an account is usually listed once for each spelling. */
export interface GroupManagedServiceAccount {
  /** The account's name, without domain and without the trailing `$`. */
  readonly Name?: string;
  /** The account's domain, as DNS or as NetBIOS name. */
  readonly Scope?: string;
}

/** The plug-in of the container credential guard (CCG) that a node outside of the domain asks. */
export interface HostAccountConfig {
  /** COM class ID of the plug-in. */
  readonly PluginGUID?: string;
  /** What the plug-in is called with. May hold secrets: never logged, never part of a message. */
  readonly PluginInput?: string;
  readonly PortableCcgVersion?: string;
}

/** The domain, and the account that the container is on the network. */
export interface DomainJoinConfig {
  readonly DnsName?: string;
  readonly DnsTreeName?: string;
  /** GUID of the domain, not of the account. */
  readonly Guid?: string;
  /** The account's name, without domain and without the trailing `$`. */
  readonly MachineAccountName?: string;
  readonly NetBiosName?: string;
  /** SID of the domain, not of the account. */
  readonly Sid?: string;
}

/** What the operator reports on a credspec. */
export interface CredspecStatus {
  readonly observedGeneration?: number;
  /** `allowedAnnotationHash` of the annotation that is in force. */
  readonly observedAnnotationHash?: string;
  /** Name of the generated ClusterRole. */
  readonly clusterRole?: string;
  /** How much is granted, for the SERVICE-ACCOUNTS column: `3`, `3 + 1 namespace`, `1 namespace`. */
  readonly allowedSummary?: string;
  /** One for each namespace, sorted by namespace. */
  readonly bindings?: readonly BindingStatus[];
  /** Namespaces that the annotation names and that do not exist. */
  readonly missingNamespaces?: readonly string[];
  /** What looks wrong in the contents without making them unusable for sure. */
  readonly warnings?: readonly string[];
  readonly conditions?: readonly Condition[];
}

/** The access that is granted in one namespace. */
export interface BindingStatus {
  readonly namespace: string;
  /** Sorted names. */
  readonly serviceAccounts?: readonly string[];
  /** Whether every service account of the namespace is allowed. */
  readonly allServiceAccounts?: boolean;
}
