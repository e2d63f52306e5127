// SPDX-License-Identifier: Apache-2.0
// Random host names. Windows keeps 15 characters of a computer's name: replicas whose names begin alike
// are one computer to Active Directory, and lose their trust to the domain in turn.
import { randomInt } from 'node:crypto';
import type { Addition } from '../review/decision.ts';
import type { Pod } from './pod.ts';
import { RANDOM_HOSTNAME_ANNOTATION, readSwitch } from './annotations.ts';
import type { PodReferences } from './change.ts';
import { mentionsGmsa, type PodPlace } from './places.ts';
import { noRandomHostname } from '../review/warnings.ts';

/** See {@link addRandomHostname}. */
export interface RandomHostnameOptions {
  /** Which GMSA pods get one: all but those whose annotation refuses, or only those that ask for it. */
  readonly randomHostname: 'always' | 'annotated';
  /** A random integer from 0 to below the given one; by default the cryptographic ones of Node.js. */
  readonly random?: ((below: number) => number) | undefined;
}

/**
 * Adds a random host name to a new pod that mentions a GMSA and has no host name of its own. The pod's
 * annotation wins over the option. Never where the pod is on the node's network: it has the node's name.
 */
export function addRandomHostname(
  { pod, places }: PodReferences,
  { randomHostname, random = randomInt }: RandomHostnameOptions,
): Addition {
  const { position, warnings } = readSwitch(
    RANDOM_HOSTNAME_ANNOTATION,
    pod.metadata?.annotations?.[RANDOM_HOSTNAME_ANNOTATION],
  );
  const isWanted = position === 'on' || (position === 'unset' && randomHostname === 'always');
  if (!isWanted || !places.some(mentionsGmsa)) return { patch: [], warnings };
  const obstacle = obstacleTo(pod, places);
  if (obstacle !== undefined) {
    // The option is for all pods, those among them for which it can do nothing; and this may be called again.
    const isAskedInVain = position === 'on' && !isRandomHostname(pod.spec?.hostname ?? '');
    return {
      patch: [],
      warnings: isAskedInVain
        ? [noRandomHostname(RANDOM_HOSTNAME_ANNOTATION, NO_RANDOM_HOSTNAME[obstacle])]
        : [],
    };
  }
  return {
    patch: [{ op: 'add', path: '/spec/hostname', value: generateHostname(random) }],
    warnings,
  };
}

/** Why a pod that asks for a random host name gets none. */
export const NO_RANDOM_HOSTNAME = {
  'node-network': "the pod is on its node's network, and has the name of the node",
  hostname:
    'the pod has a host name already, which StatefulSets and Indexed Jobs set; choose a name of the workload with which the first 15 characters of its pods differ',
} as const;

function obstacleTo(
  pod: Pod,
  places: readonly PodPlace[],
): keyof typeof NO_RANDOM_HOSTNAME | undefined {
  if (isOnNodeNetwork(pod, places)) return 'node-network';
  return hasHostname(pod) ? 'hostname' : undefined;
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

/** Whether a host name may be one that was added here. */
export function isRandomHostname(hostname: string): boolean {
  return /^[a-z][a-z0-9]{14}$/.test(hostname);
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`;

// A letter first: names of digits only are no computer names.
function generateHostname(random: (below: number) => number): string {
  return Array.from({ length: HOSTNAME_LENGTH }, (_, index) => {
    const alphabet = index === 0 ? LETTERS : LETTERS_AND_DIGITS;
    return alphabet.charAt(random(alphabet.length));
  }).join('');
}
