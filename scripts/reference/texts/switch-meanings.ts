// SPDX-License-Identifier: Apache-2.0
// What the annotations on a pod do: for the documents, in Markdown.
import type { SwitchAnnotation } from '../../../src/admission/pods/annotations.ts';

/** By annotation. */
export const SWITCH_MEANINGS = {
  'gmsa-operator.io/random-hostname':
    'gives the pod a random host name of 15 characters, or does not, whatever `--random-hostname` says',
  'gmsa-operator.io/repair-secure-channel':
    'adds a `postStart` hook to each container with a GMSA, or does not: it restarts `netlogon` until `nltest /query` reports success, for a minute at most',
} as const satisfies Readonly<Record<SwitchAnnotation, string>>;
