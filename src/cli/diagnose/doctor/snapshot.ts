// SPDX-License-Identifier: Apache-2.0
// What `doctor` judges: the cluster at one moment, as far as it may be read. It holds no secret: of the
// Secret with the certificate there is the certificate alone.
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../controller/webhooks/registration-types.ts';
import type { KubeObject } from '../../../kube/managed-object.ts';
import type { CredspecDefinition, StoredCredspec } from '../../credspecs.ts';
import type { GeneratedLookup } from '../../generated-access/read-generated.ts';
import type { ObjectCondition, PodObject } from '../pod.ts';
import type { Reading } from '../reading.ts';
import type { EventObject } from '../refusal.ts';
import type { HandshakeResult } from './handshake.ts';
import type { OperatorSettings } from './operator-settings.ts';
import type { OperatorWorkload } from './operator-workload.ts';
import type { Permission } from './permissions.ts';

/** The cluster. */
export interface Snapshot {
  readonly now: Date;
  /** `v1.37.2`. */
  readonly kubernetes: Reading<string>;
  /** Where the operator is looked for. */
  readonly namespace: string;
  /** The version of this plugin. */
  readonly plugin: string;
  readonly workload: OperatorWorkload;
  readonly settings: OperatorSettings;
  readonly crd: Reading<CrdObject>;
  /** By discovery, which whoever may not read the CustomResourceDefinition may ask. */
  readonly definition: CredspecDefinition;
  /** The RoleBindings that the operator makes; absent where the status of credspecs tells of them. */
  readonly generated: Reading<GeneratedLookup>;
  readonly lease: Reading<LeaseObject>;
  readonly certificate: Reading<ServedCertificate>;
  readonly mutating: Reading<readonly MutatingWebhookConfiguration[]>;
  readonly validating: Reading<readonly ValidatingWebhookConfiguration[]>;
  readonly handshakes: Reading<readonly HandshakeResult[]>;
  /** Names of the ValidatingAdmissionPolicies, and of their bindings. */
  readonly policies: Reading<readonly string[]>;
  readonly policyBindings: Reading<readonly string[]>;
  /** What the operator's service account needs and may not do. */
  readonly missingPermissions: Reading<readonly Permission[]>;
  /** Windows nodes. */
  readonly nodes: Reading<readonly NodeObject[]>;
  readonly pods: Reading<readonly PodObject[]>;
  readonly events: Reading<readonly EventObject[]>;
  readonly credspecs: Reading<readonly StoredCredspec[]>;
}

/** The CustomResourceDefinition, as far as it is looked at. */
export interface CrdObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly subresources?: { readonly status?: object };
    }[];
  };
  readonly status?: {
    readonly conditions?: readonly ObjectCondition[];
  };
}

/** The Lease. */
export interface LeaseObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly renewTime?: string;
  };
}

/** What the Secret says, but for the key. PEM. */
export interface ServedCertificate {
  readonly secret: string;
  /** Whether the operator has made it, and not cert-manager or somebody. */
  readonly isOperators: boolean;
  readonly certificate: string;
  readonly authorities: string;
}

/** A node. */
export interface NodeObject extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly ObjectCondition[];
    readonly nodeInfo?: { readonly kernelVersion?: string; readonly osImage?: string };
  };
}
