// SPDX-License-Identifier: Apache-2.0
// What the conditions and their reasons mean, and what to do about them: for the documents, in Markdown.
import type {
  ComponentConditionType,
  ConditionReason,
  ConditionType,
} from '../../../src/api/conditions.ts';

/** A reason of a condition. */
export interface ReasonMeaning {
  /** The status of the condition with this reason. */
  readonly status: 'False' | 'True';
  readonly means: string;
  readonly remedy: string;
}

/** The reasons of a condition of its own: `Ready` has those of the others, too. */
type OwnReason<Type extends ConditionType> = Type extends ComponentConditionType
  ? ConditionReason<Type>
  : 'Ready';

/** What each reason of each condition means. */
export const REASON_MEANINGS = {
  Ready: {
    Ready: { status: 'True', means: 'everything is in place', remedy: 'nothing' },
  },
  Valid: {
    Valid: { status: 'True', means: 'contents and annotation are well-formed', remedy: 'nothing' },
    ContentsSuspicious: {
      status: 'True',
      means: 'something in the contents looks wrong and may yet work: `status.warnings`',
      remedy: 'read `status.warnings`: each says what looks wrong, and what to do',
    },
    InvalidContents: {
      status: 'False',
      means: 'Windows cannot work with the contents',
      remedy: 'correct the contents as the message says',
    },
    InvalidAnnotation: {
      status: 'False',
      means: 'an entry of the annotation is invalid; the others are in force',
      remedy: 'correct the entry that the message names; the others are in force',
    },
  },
  AccessGranted: {
    AccessGranted: {
      status: 'True',
      means: 'the ClusterRole and all RoleBindings are in place',
      remedy: 'nothing',
    },
    NoServiceAccounts: {
      status: 'True',
      means: 'the annotation allows nobody',
      remedy: 'write the annotation: nobody is allowed yet',
    },
    NamespacesMissing: {
      status: 'True',
      means: 'an entry names a namespace that does not exist; access is granted as soon as it does',
      remedy: 'nothing, or correct the name: access is granted when the namespace is created',
    },
    Conflict: {
      status: 'False',
      means: "an object of a generated name is not the operator's; it was left as it is",
      remedy: 'remove the object that the message names: it has a name that the operator needs',
    },
    Forbidden: {
      status: 'False',
      means:
        "the API server refuses a write to the operator's service account, as a rule for `config/rbac` is not installed as it is",
      remedy: 'install the chart again, or `config/rbac/`',
    },
    WriteFailed: {
      status: 'False',
      means:
        'a write failed several times, or can never succeed; the message says why, and it is tried again',
      remedy: 'read the message; it is being tried again',
    },
  },
  AdmissionReady: {
    AdmissionReady: {
      status: 'True',
      means:
        "the webhooks are registered, and a TLS handshake with each replica succeeds as the API server's would",
      remedy: 'nothing',
    },
    ManagedElsewhere: {
      status: 'True',
      means: "the webhooks are not this operator's: `--admission=false`",
      remedy: 'nothing',
    },
    CertificateInvalid: {
      status: 'False',
      means:
        'no replica can be reached, the certificate has expired or has another name, or its Secret is of no use',
      remedy: 'read the message; `kubectl gmsa doctor` looks at replicas and certificate',
    },
    WebhookConfigurationMissing: {
      status: 'False',
      means: 'a webhook configuration is not there, or cannot be put right; the message says why',
      remedy: 'read the message; `kubectl gmsa doctor` looks at the configurations and permissions',
    },
    CABundleMismatch: {
      status: 'False',
      means:
        'the certificate was not signed by a CA that the webhook configurations trust, or that its own `ca.crt` holds',
      remedy: 'read the message; `kubectl gmsa doctor` compares certificate and configurations',
    },
  },
} as const satisfies {
  readonly [Type in ConditionType]: Readonly<Record<OwnReason<Type>, ReasonMeaning>>;
};
