// SPDX-License-Identifier: Apache-2.0
// A real Kubernetes control plane on loopback for tests, the demo and the bench: one call brings it
// up, and it goes with its caller, whatever happens to the caller.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServerControl, startApiServer } from './api-server.ts';
import { type Log, logToStderr, provide } from './binaries.ts';
import {
  type Kubectl,
  kubectlWith,
  writeKubeconfig,
  writeServiceAccountKubeconfig,
} from './cluster-access.ts';
import { LOGS, reportUnexpectedEnd } from './component.ts';
import { startControllers, startScheduler, startWindowsNode } from './controllers.ts';
import { CREDENTIAL_FILES, makeCredentials } from './credentials.ts';
import { CORE_PROGRAMS } from './programs.ts';
import { openSupervisor } from './supervised.ts';

export interface ControlPlaneOptions {
  /** kube-controller-manager: service accounts, garbage collection, namespace deletion, … */
  readonly controllers?: boolean;
  readonly scheduler?: boolean;
  /** A simulated node labelled `kubernetes.io/os: windows`; brings controllers and scheduler. */
  readonly windowsNode?: boolean;
  /** Appended, so that they win over ours: `['--disable-admission-plugins=ServiceAccount']`. */
  readonly extraApiServerArgs?: readonly string[];
  /** `1.36`, `1.36.3`; default `$KUBERNETES_VERSION`, else the newest supported. */
  readonly kubernetesVersion?: string;
  /** Gets lines worth showing: builds, downloads, a component that died. Default: stderr. */
  readonly log?: Log;
}

/** A cluster to test against: one that was started here, or an existing one. */
export interface ControlPlane {
  /** Base URL of the API server. */
  readonly url: string;
  /** The administrator's kubeconfig. */
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  /** Base64 of the PEM of the API server's CA, as in a kubeconfig. */
  readonly caData: string | undefined;
  /** Runs kubectl as the administrator; a non-zero exit code is a result, not an error. */
  readonly kubectl: Kubectl;
  /** Writes a kubeconfig for an existing service account and returns its path. */
  readonly serviceAccountKubeconfig: (namespace: string, name: string) => Promise<string>;
  /** Stopping and pausing the API server; `undefined` where it is not ours to stop. */
  readonly control: ApiServerControl | undefined;
  /** Ends what was started here. */
  readonly stop: () => Promise<void>;
}

/** A control plane that was started here and belongs to the caller. */
export interface EmbeddedControlPlane extends ControlPlane {
  readonly caData: string;
  readonly control: ApiServerControl;
  /** Everything that it writes; removed when it stops. Logs are in `logs/`. */
  readonly directory: string;
  /** Of all processes that run for it now, and the one that watches over them. */
  readonly processIds: () => readonly number[];
}

/**
 * Starts etcd and kube-apiserver (about 4 s), and what else the options ask for. Several can run
 * side by side. If the programs are not there yet they are fetched or built first, which the log
 * tells. Throws if a component does not start, with its last log lines; its log is then kept.
 */
export async function startControlPlane(
  options: ControlPlaneOptions = {},
): Promise<EmbeddedControlPlane> {
  const { windowsNode = false, extraApiServerArgs = [], log = logToStderr } = options;
  const controllers = options.controllers === true || windowsNode;
  const scheduler = options.scheduler === true || windowsNode;
  const programs = await provide(
    [
      ...CORE_PROGRAMS,
      ...(controllers ? (['kube-controller-manager'] as const) : []),
      ...(scheduler ? (['kube-scheduler'] as const) : []),
      ...(windowsNode ? (['kwok'] as const) : []),
    ],
    { kubernetesVersion: options.kubernetesVersion, log },
  );

  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-'));
  const supervisor = openSupervisor(directory);
  try {
    await mkdir(join(directory, LOGS));
    const token = await makeCredentials(directory);
    const { access, control } = await startApiServer({
      supervisor,
      directory,
      etcd: programs.etcd,
      kubeApiserver: programs['kube-apiserver'],
      token,
      extraArgs: extraApiServerArgs,
      log,
    });
    await writeFile(join(directory, CREDENTIAL_FILES.servingCa), access.ca);
    const caData = Buffer.from(access.ca).toString('base64');
    const cluster = { url: access.url, caData };
    const kubeconfigPath = await writeKubeconfig(join(directory, 'admin.kubeconfig'), {
      ...cluster,
      user: 'admin',
      token,
    });

    const setup = { supervisor, directory, access, kubeconfigPath };
    const more = [
      ...(controllers ? [startControllers(setup, programs['kube-controller-manager'])] : []),
      ...(scheduler ? [startScheduler(setup, programs['kube-scheduler'])] : []),
      ...(windowsNode ? [startWindowsNode(setup, programs.kwok)] : []),
    ];
    for (const component of await Promise.all(more)) void reportUnexpectedEnd(component, log);

    const kubectl = kubectlWith(programs.kubectl, kubeconfigPath, directory);
    return {
      ...cluster,
      kubeconfigPath,
      kubectlPath: programs.kubectl,
      kubectl,
      serviceAccountKubeconfig: (namespace, name) =>
        writeServiceAccountKubeconfig(kubectl, cluster, directory, namespace, name),
      control,
      directory,
      processIds: supervisor.processIds,
      stop: () => supervisor.close(),
    };
  } catch (error) {
    await supervisor.close({ keep: [LOGS] });
    throw error;
  }
}
