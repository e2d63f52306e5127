// SPDX-License-Identifier: Apache-2.0
// The container that is looked into. Pure.
import { quoted } from '../../../api/printable.ts';
import { CliError, usageError } from '../../cli-error.ts';
import { fillIn } from '../../fill-in.ts';
import {
  CONTAINER_KINDS,
  containersOf,
  type GmsaUse,
  isActive,
  operatingSystemOf,
  type PlacedContainer,
  type PodObject,
  statusOf,
  windowsOptionsOf,
  type WindowsOptions,
} from '../pod.ts';

/** A container of a pod, and what holds for it. */
export interface Subject {
  readonly pod: PodObject;
  readonly placed: PlacedContainer;
  /** Its name. */
  readonly container: string;
  readonly options: WindowsOptions;
  readonly use: GmsaUse;
  /** Whether it is known to be a Windows pod, or only not known to be none. */
  readonly isKnownToBeWindows: boolean;
}

/** kubectl, too, takes the container that this annotation names. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

const NOT_WINDOWS =
  'the template of a Windows pod has the nodeSelector kubernetes.io/os: windows, and spec.os.name: windows; to choose another: kubectl get pods --namespace <namespace>';

/**
 * The container that was asked for, else the first that runs under a GMSA: of the containers, the init
 * containers, the ephemeral containers.
 * @throws CliError where the pod is known to be none for Windows, or has no such container.
 */
export function subjectOf(
  pod: PodObject,
  {
    container,
    nodeOs,
  }: { readonly container: string | undefined; readonly nodeOs: string | undefined },
): Subject {
  const { namespace, name } = pod.metadata;
  const os = operatingSystemOf(pod, nodeOs);
  if (os !== undefined && os !== 'windows') {
    throw new CliError(
      `pod ${namespace}/${name} is not a Windows pod but one for ${os}: only Windows pods run under a GMSA`,
      {
        hint: fillIn(NOT_WINDOWS, { namespace }),
      },
    );
  }
  const placed = chooseContainer(pod, container);
  const options = windowsOptionsOf(pod, placed.container);
  return {
    pod,
    placed,
    container: placed.container.name,
    options,
    use: { credspec: options.gmsaCredentialSpecName, contents: options.gmsaCredentialSpec },
    isKnownToBeWindows: os === 'windows',
  };
}

function chooseContainer(pod: PodObject, wanted: string | undefined): PlacedContainer {
  const all = containersOf(pod);
  const named = (name: string | undefined): PlacedContainer | undefined =>
    all.find(({ container }) => container.name === name);
  if (wanted !== undefined) {
    const found = named(wanted);
    if (found !== undefined) return found;
    throw usageError(
      `pod ${pod.metadata.namespace}/${pod.metadata.name} has no container ${quoted(wanted)}`,
      `it has: ${all.map(inHint).join(', ')}`,
    );
  }
  const underGmsa = all.filter(
    ({ container }) => windowsOptionsOf(pod, container).gmsaCredentialSpecName !== undefined,
  );
  // One that has ended cannot be looked into.
  const chosen =
    underGmsa.find((placed) => statusOf(pod, placed)?.state?.terminated === undefined) ??
    underGmsa[0] ??
    named(pod.metadata.annotations?.[DEFAULT_CONTAINER]) ??
    all[0];
  if (chosen === undefined) throw new CliError('the pod has no container');
  return chosen;
}

function inHint({ list, container: { name } }: PlacedContainer): string {
  return list === 'containers' ? name : `${name} (${CONTAINER_KINDS[list]})`;
}

/** Whether the pod as a whole names the credspec, so that any container that is added to it has it, too. */
export function isOfWholePod({ pod: { spec }, use }: Subject): boolean {
  return spec.securityContext?.windowsOptions?.gmsaCredentialSpecName === use.credspec;
}

/** What Windows keeps of a computer's name. */
const KEPT_OF_HOST_NAME = 15;

/** Whether pods that run beside it, as the same account, have the same computer name for Windows. */
export function hasNamesake({ pod, use }: Subject, replicas: readonly PodObject[]): boolean {
  return replicas.some(
    (other) =>
      other.metadata.name !== pod.metadata.name &&
      isActive(other) &&
      computerName(other) === computerName(pod) &&
      containersOf(other).some(
        ({ container }) =>
          windowsOptionsOf(other, container).gmsaCredentialSpecName === use.credspec,
      ),
  );
}

function computerName({ metadata, spec }: PodObject): string {
  return (spec.hostname ?? metadata.name).slice(0, KEPT_OF_HOST_NAME).toLowerCase();
}
