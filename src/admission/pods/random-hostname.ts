// SPDX-License-Identifier: Apache-2.0
// Random host names. Windows keeps 15 characters of a computer's name: replicas whose names begin alike
// are one computer to Active Directory, and lose their trust to the domain in turn.
import { randomBytes } from 'node:crypto';
import { type Addition, NO_ADDITION } from '../review/decision.ts';
import type { Pod } from './pod.ts';
import { RANDOM_HOSTNAME_ANNOTATION, readSwitch } from './annotations.ts';
import type { PodReferences } from './change.ts';
import { mentionsGmsa, type PodPlace } from './places.ts';

/** See {@link addRandomHostname}. */
export interface RandomHostnameOptions {
  /** Which GMSA pods get one: all but those whose annotation refuses, or only those that ask for it. */
  readonly randomHostname: 'always' | 'annotated';
  /** That many random bytes; by default the cryptographic ones of Node.js. */
  readonly random?: ((size: number) => Uint8Array) | undefined;
}

/**
 * Adds a random host name to a new pod that mentions a GMSA and has no host name of its own. The pod's
 * annotation wins over the option. Never where the pod is on the node's network: it has the node's name.
 */
export function addRandomHostname(
  { pod, places }: PodReferences,
  { randomHostname, random = randomBytes }: RandomHostnameOptions,
): Addition {
  const { position, warnings } = readSwitch(
    RANDOM_HOSTNAME_ANNOTATION,
    pod.metadata?.annotations?.[RANDOM_HOSTNAME_ANNOTATION],
  );
  const isWanted = position === 'on' || (position === 'unset' && randomHostname === 'always');
  if (!isWanted || hasHostname(pod) || isOnNodeNetwork(pod, places) || !places.some(mentionsGmsa)) {
    return warnings.length === 0 ? NO_ADDITION : { patch: [], warnings };
  }
  return {
    patch: [{ op: 'add', path: '/spec/hostname', value: generateHostname(random) }],
    warnings,
  };
}

function hasHostname({ spec }: Pod): boolean {
  return (spec?.hostname ?? '') !== '' || (spec?.hostnameOverride ?? '') !== '';
}

// HostProcess containers are on the node's network; one of them is enough to make such a pod.
function isOnNodeNetwork({ spec }: Pod, places: readonly PodPlace[]): boolean {
  return spec?.hostNetwork === true || places.some(({ hostProcess }) => hostProcess === true);
}

/** What Windows keeps of a computer's name. */
const HOSTNAME_LENGTH = 15;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`;

/** Enough for a name in nearly all cases: one byte in 64 is not used. */
const BYTES_AT_ONCE = 20;

// A letter first: names of digits only are no computer names.
function generateHostname(random: (size: number) => Uint8Array): string {
  let name = '';
  while (name.length < HOSTNAME_LENGTH) {
    for (const byte of random(BYTES_AT_ONCE)) {
      const alphabet = name === '' ? LETTERS : LETTERS_AND_DIGITS;
      // The bytes above the last whole alphabet would make its first characters likelier.
      if (byte >= 256 - (256 % alphabet.length)) continue;
      name += alphabet.charAt(byte % alphabet.length);
      if (name.length === HOSTNAME_LENGTH) break;
    }
  }
  return name;
}
