// SPDX-License-Identifier: Apache-2.0
// The annotations on a pod that admission listens to, each a switch. They change how the pod is made,
// never what it may do: nothing written on a pod widens access.
import { ignoredSwitch } from '../review/warnings.ts';

/** `"true"`: a GMSA pod without a host name gets a random one; `"false"`: it does not. */
export const RANDOM_HOSTNAME_ANNOTATION = 'gmsa-operator.io/random-hostname';

/** `"true"`: GMSA containers get a hook that repairs the secure channel as they start. */
export const REPAIR_SECURE_CHANNEL_ANNOTATION = 'gmsa-operator.io/repair-secure-channel';

/** Those by which pods named a GMSA, or held its contents, before Kubernetes 1.16 (KEP-689, alpha). */
const ALPHA_ANNOTATION =
  /^(?:pod|[^/]+\.container)\.alpha\.windows\.kubernetes\.io\/gmsa-credential-spec(?:-name)?$/;

/** The annotations of a pod that spoke of a GMSA once, and do nothing any more. */
export function alphaAnnotations(annotations: object | null | undefined): readonly string[] {
  return Object.keys(annotations ?? {}).filter((key) => ALPHA_ANNOTATION.test(key));
}

/** An annotation that is a switch. */
export type SwitchAnnotation =
  typeof RANDOM_HOSTNAME_ANNOTATION | typeof REPAIR_SECURE_CHANNEL_ANNOTATION;

/** How a switch stands; `unset` also where its value is neither `"true"` nor `"false"`. */
export interface Switch {
  readonly position: 'on' | 'off' | 'unset';
  /** Names a value that is ignored, and what to write instead. */
  readonly warnings: readonly string[];
}

/**
 * How the switch stands that has this value; `undefined` and null where the pod does not carry it. Only
 * the very words `true` and `false` count, as elsewhere in Kubernetes.
 */
export function readSwitch(annotation: SwitchAnnotation, value: string | null | undefined): Switch {
  switch (value) {
    case null:
    case undefined:
      return { position: 'unset', warnings: [] };
    case 'true':
      return { position: 'on', warnings: [] };
    case 'false':
      return { position: 'off', warnings: [] };
    default:
      return {
        position: 'unset',
        warnings: [ignoredSwitch(annotation, value)],
      };
  }
}
