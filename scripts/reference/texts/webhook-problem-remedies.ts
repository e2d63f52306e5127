// SPDX-License-Identifier: Apache-2.0
// What to do where admission does not work: for the documents, in Markdown.
import type * as problems from '../../../src/controller/webhooks/webhook-problems.ts';

/** By what is wrong. */
export const ADMISSION_PROBLEM_REMEDIES = {
  configurationsMissing:
    "nothing, if the operator has just been installed: they are made once a replica can serve. Else read the leader's log",
  noCommonAuthority:
    'nothing, where the operator makes the certificates: it puts both configurations right. With `--cert-mode=external`, see that `ca.crt` of the Secret holds a CA',
  replicasUnknown:
    'where it is a permission, install the chart again, or `config/rbac/`; else it goes away with the trouble of the API server',
  noReplica:
    "see why no Pod of the operator is ready: `kubectl describe pod` in its namespace, and the operator's `/readyz?verbose`",
  noReplicaAnswers:
    'see whether a NetworkPolicy or firewall keeps pods from the port of the webhooks (9443): the API server must reach it, and the leader looks from where it runs',
  certificateExpired:
    'with `--cert-mode=external`, renew it where it comes from; else see why the leader does not, in its log',
  certificateNotYetValid: 'set the clocks right, of nodes and of whoever makes the certificate',
  certificateOfAnotherName:
    'with `--cert-mode=external`, have it made for this name; else nothing: a new one is made',
  certificateUntrusted:
    'nothing, where the operator makes the certificates. With `--cert-mode=external`, see that `tls.crt` and `ca.crt` of the Secret belong together',
  secretUnfit:
    'correct the Secret, or what makes it: [certificates](../certificates.md) says what it must hold',
  cannotBeKeptRight: 'read what the message ends with: as a rule a permission, or the API server',
} as const satisfies Readonly<Record<keyof typeof problems, string>>;
