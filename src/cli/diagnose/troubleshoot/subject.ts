// SPDX-License-Identifier: Apache-2.0
// The container that is looked into. Pure.
import { quoted } from '../../../api/printable.ts';
import { CliError, usageError } from '../../cli-error.ts';
import {
  type ContainerObject,
  type GmsaUse,
  isActive,
  isWindowsPod,
  type PodObject,
  windowsOptionsOf,
  type WindowsOptions,
} from '../pod.ts';

/** A container of a pod, and what holds for it. */
export interface Subject {
  readonly pod: PodObject;
  readonly container: string;
  readonly options: WindowsOptions;
  readonly use: GmsaUse;
}

/** kubectl, too, takes the container that this annotation names. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/**
 * The container that was asked for, else the first that runs under a GMSA.
 * @throws CliError where the pod is none for Windows, or has no such container.
 */
export function subjectOf(
  pod: PodObject,
  {
    container,
    nodeOs,
  }: { readonly container: string | undefined; readonly nodeOs: string | undefined },
): Subject {
  const { namespace, name } = pod.metadata;
  if (!isWindowsPod(pod, nodeOs)) {
    throw new CliError(
      `pod ${namespace}/${name} is not a Windows pod: only these run under a GMSA`,
      {
        hint:
          'say spec.os.name: windows in the pod template, or choose another: kubectl get pods --namespace ' +
          namespace,
      },
    );
  }
  const chosen = chooseContainer(pod, container);
  const options = windowsOptionsOf(pod, chosen);
  return {
    pod,
    container: chosen.name,
    options,
    use: { credspec: options.gmsaCredentialSpecName, contents: options.gmsaCredentialSpec },
  };
}

function chooseContainer(pod: PodObject, wanted: string | undefined): ContainerObject {
  const { containers } = pod.spec;
  const named = (name: string | undefined): ContainerObject | undefined =>
    containers.find((each) => each.name === name);
  if (wanted !== undefined) {
    const found = named(wanted);
    if (found !== undefined) return found;
    throw usageError(
      `pod ${pod.metadata.namespace}/${pod.metadata.name} has no container ${quoted(wanted)}`,
      `it has: ${containers.map(({ name }) => name).join(', ')}`,
    );
  }
  const underGmsa = containers.find(
    (each) => windowsOptionsOf(pod, each).gmsaCredentialSpecName !== undefined,
  );
  const fallback =
    underGmsa ?? named(pod.metadata.annotations?.[DEFAULT_CONTAINER]) ?? containers[0];
  if (fallback === undefined) throw new CliError('the pod has no container');
  return fallback;
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
      other.spec.containers.some(
        (container) => windowsOptionsOf(other, container).gmsaCredentialSpecName === use.credspec,
      ),
  );
}

function computerName({ metadata, spec }: PodObject): string {
  return (spec.hostname ?? metadata.name).slice(0, KEPT_OF_HOST_NAME).toLowerCase();
}
