// SPDX-License-Identifier: Apache-2.0
// What the rotation of our own certificates depends on, and the steps that it is made of.
import type { Certificate } from './certificate.ts';
import type { CertificateSecret } from './certificate-secret.ts';
import type { ServerNames } from './fitness.ts';
import type { CheckedKeyPair } from './key-pair.ts';
import type { LiveTrust } from './live-trust.ts';

/** All that the plan depends on. */
export interface RotationState {
  /** Secret `gmsa-operator-webhook-ca`. */
  readonly authority: CertificateSecret;
  /** Secret `gmsa-operator-webhook-cert`. */
  readonly serving: CertificateSecret;
  /** What this replica serves: others are likely to serve the same. */
  readonly served: CheckedKeyPair | undefined;
  /** As this replica has observed it. */
  readonly trust: LiveTrust;
  readonly names: ServerNames;
  /** Of serving certificates yet to be issued; seconds at the least. */
  readonly certificateValidityMs: number;
  readonly now: Date;
  /** The monotonic clock of `trust`. */
  readonly nowMs: number;
}

/** What to do next; `reason` is for the log. */
export type RotationStep =
  /** Write a new CA and, in `ca.crt` of the same write, its certificate with the previous ones. */
  | {
      readonly type: 'issue authority';
      readonly reason: string;
      readonly previous: readonly Certificate[];
    }
  /** Write a serving certificate signed by this CA. */
  | {
      readonly type: 'issue serving certificate';
      readonly reason: string;
      readonly authority: CheckedKeyPair;
    }
  /** There is something to issue, but not yet. */
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'nothing' };
