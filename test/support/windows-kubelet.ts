// SPDX-License-Identifier: Apache-2.0
// A stand-in for a Windows node whose containers can be exec'd into. There is no Windows here: programs named
// nltest.exe, nslookup.exe and so on print what was recorded of the real ones, or whatever the test gives
// them.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { startKubelet } from './kubelet.ts';

/** What programs print, by their command line: `nltest.exe /query`. */
export type Play = Readonly<Record<string, string>>;

/** A node that was started. */
export interface WindowsKubelet {
  readonly node: string;
  /** From now on, the containers of the namespace print this; all else is complained of on stderr. */
  play(namespace: string, play: Play): Promise<void>;
  /** What they print once `nltest.exe /sc_reset:…` was run; the rest stays. */
  playAfterReset(namespace: string, play: Play): Promise<void>;
  /** The command lines that were run in the namespace, in their order. */
  commands(namespace: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const PROGRAMS = ['klist', 'nltest', 'nslookup', 'whoami'];

/** Prints what is recorded for its command line, and notes that it was run. Exit codes do not get past kwok. */
const PROGRAM = `#!/bin/sh
line="$(basename "$0")"
[ $# -eq 0 ] || line="$line $*"
echo "$line" >> "$PLAY/commands"
file="$(printf '%s' "$line" | tr -c 'A-Za-z0-9.-' '_')"
[ -f "$PLAY/was-reset/$file" ] && [ -f "$PLAY/reset" ] && exec cat "$PLAY/was-reset/$file"
case "$line" in *sc_reset*) touch "$PLAY/reset" ;; esac
[ -f "$PLAY/$file" ] && exec cat "$PLAY/$file"
echo "nothing is recorded for: $line" >&2
`;

/**
 * Starts the node; resolves when it is ready. Pods get there by their `nodeName` or by its label
 * `kubernetes.io/hostname`.
 * @param namespaces those in which containers can be exec'd into.
 * @param image what is in the containers: `nanoserver` has none of the programs.
 */
export async function startWindowsKubelet(
  access: { readonly client: KubeClient; readonly kubeconfigPath: string },
  {
    node,
    namespaces,
    image = 'servercore',
  }: {
    readonly node: string;
    readonly namespaces: readonly string[];
    readonly image?: 'nanoserver' | 'servercore';
  },
): Promise<WindowsKubelet> {
  let plays = '';
  const playOf = (namespace: string): string => join(plays, namespace);
  const kubelet = await startKubelet(access, {
    node,
    ...WINDOWS,
    labels: { ...WINDOWS.labels, 'kubernetes.io/hostname': node },
    async prepare(directory) {
      plays = join(directory, 'play');
      for (const namespace of namespaces) await mkdir(playOf(namespace), { recursive: true });
      const programs = join(directory, 'bin');
      await mkdir(programs);
      for (const program of image === 'nanoserver' ? [] : PROGRAMS) {
        await writeFile(join(programs, `${program}.exe`), PROGRAM);
        await chmod(join(programs, `${program}.exe`), 0o755);
      }
      const objects = namespaces.map((namespace) => clusterExec(namespace, playOf(namespace)));
      return { objects, programs };
    },
  });
  return {
    node,
    async play(namespace, play) {
      await rm(playOf(namespace), { recursive: true, force: true });
      await write(playOf(namespace), play);
    },
    playAfterReset: (namespace, play) => write(join(playOf(namespace), 'was-reset'), play),
    async commands(namespace) {
      const text = await readFile(join(playOf(namespace), 'commands'), 'utf8').catch(() => '');
      return text.split('\n').slice(0, -1);
    },
    stop: () => kubelet.stop(),
  };
}

async function write(directory: string, play: Play): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [line, output] of Object.entries(play)) {
    await writeFile(join(directory, line.replaceAll(/[^A-Za-z0-9.-]/g, '_')), output);
  }
}

function clusterExec(namespace: string, play: string): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterExec',
    metadata: { name: namespace },
    spec: {
      selector: { matchNamespaces: [namespace] },
      execs: [{ local: { envs: [{ name: 'PLAY', value: play }] } }],
    },
  };
}

const WINDOWS = {
  labels: {
    'kubernetes.io/os': 'windows',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/windows-build': '10.0.20348',
  },
  nodeInfo: {
    operatingSystem: 'windows',
    osImage: 'Windows Server 2022 Datacenter (simulated)',
    kernelVersion: '10.0.20348.2402',
    architecture: 'amd64',
  },
};
