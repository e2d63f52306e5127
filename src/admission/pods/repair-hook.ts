// SPDX-License-Identifier: Apache-2.0
// The hook that repairs the secure channel: the account's connection to a domain controller, which a
// container at times begins without, and gets when its netlogon service is restarted.
import type { AddOperation, Addition } from '../review/decision.ts';
import { readSwitch, REPAIR_SECURE_CHANNEL_ANNOTATION } from './annotations.ts';
import type { PodReferences } from './change.ts';
import { type ContainerPlace, mentionsGmsa, type PodPlace } from './places.ts';
import { noHookInHostProcess } from '../review/warnings.ts';

/** How long the hook tries. A container counts as started only when its hook is over. */
const REPAIR_SECONDS = 60;

const PAUSE_SECONDS = 2;

/**
 * Asks whether the secure channel is there, and restarts netlogon until it is.
 *
 * Nothing limits the time of a `postStart` hook, and both nltest and the restart can hang. So the work is
 * done in another runspace, and this one ends the process when the time is over, whatever the other is
 * at. An nltest that hangs is ended too: it may hold the output open that the container runtime reads.
 *
 * No double quotes, for the script stands within a pair (see {@link REPAIR_COMMAND}); nothing that cmd
 * would take for itself either: no | < > ^ % &, no line breaks.
 */
const SCRIPT = [
  `$repair = [PowerShell]::Create().AddScript({ while (-not ((nltest.exe /query) -match '0x0 NERR_Success')) { Restart-Service -Name netlogon -Force; Start-Sleep -Seconds ${PAUSE_SECONDS} } })`,
  '$running = $repair.BeginInvoke()',
  `$null = $running.AsyncWaitHandle.WaitOne(${REPAIR_SECONDS * 1000})`,
  'Stop-Process -Name nltest -Force -ErrorAction SilentlyContinue',
  '[Environment]::Exit(0)',
].join('; ');

/**
 * The hook's command. A hook that fails kills its container, so this one never does: cmd.exe, which every
 * Windows base image has (nanoserver has no PowerShell), goes on after `&` whatever came of PowerShell.
 *
 * The container runtime puts double quotes around an argument that has spaces, as
 * CommandLineToArgvW wants it; `/S` makes cmd take off exactly that pair, and nothing else.
 *
 * What it does can only be seen on a Windows node that is or can speak to a domain; the tests hold its form.
 */
export const REPAIR_COMMAND: readonly string[] = [
  'cmd.exe',
  '/S',
  '/C',
  `powershell.exe -NoProfile -NonInteractive -Command ${SCRIPT} & exit 0`,
];

/**
 * Adds the hook to each container of a new pod that runs under a GMSA, its own or the pod's, if the pod
 * asks for it. Containers that have a `postStart` keep theirs. Plain init containers and ephemeral ones
 * get none, for Kubernetes refuses it there. HostProcess containers get none and a warning.
 */
export function addRepairHook({ pod, places }: PodReferences): Addition {
  const { position, warnings } = readSwitch(
    REPAIR_SECURE_CHANNEL_ANNOTATION,
    pod.metadata?.annotations?.[REPAIR_SECURE_CHANNEL_ANNOTATION],
  );
  if (position !== 'on') return { patch: [], warnings };
  const podLevel = places.find(({ kind }) => kind === 'pod');
  const candidates = places
    .filter(canHaveHook)
    .filter((place) => mentionsGmsa(place) || (podLevel !== undefined && mentionsGmsa(podLevel)));
  const isHostProcess = (place: PodPlace): boolean =>
    place.hostProcess ?? podLevel?.hostProcess ?? false;
  const hostProcess = candidates.filter(isHostProcess).map(({ name }) => name);
  return {
    patch: candidates.filter((place) => !isHostProcess(place)).map(addHook),
    warnings:
      hostProcess.length === 0
        ? []
        : [noHookInHostProcess(REPAIR_SECURE_CHANNEL_ANNOTATION, hostProcess)],
  };
}

function canHaveHook(place: PodPlace): place is ContainerPlace {
  if (place.kind === 'pod') return false;
  const { list, container } = place;
  const isSidecar = list === 'initContainers' && container.restartPolicy === 'Always';
  return (list === 'containers' || isSidecar) && !hasPostStart(place);
}

function hasPostStart({ container }: ContainerPlace): boolean {
  return (container.lifecycle?.postStart ?? undefined) !== undefined;
}

function addHook({ path, container }: ContainerPlace): AddOperation {
  const postStart = { exec: { command: REPAIR_COMMAND } };
  return (container.lifecycle ?? undefined) === undefined
    ? { op: 'add', path: `${path}/lifecycle`, value: { postStart } }
    : { op: 'add', path: `${path}/lifecycle/postStart`, value: postStart };
}
