// SPDX-License-Identifier: Apache-2.0
// A stand-in for a Windows node whose containers can be exec'd into. There is no Windows here: kwok is
// the kubelet, with the streaming server that container runtimes use, so that everything from the client
// to the kubelet is real. Behind it, programs named nltest.exe, nslookup.exe and so on print what was
// recorded of the real ones, or whatever the test gives them.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { KubeClient } from '../../src/kube/client.ts';
import { provide } from './control-plane/binaries.ts';
import { freePort } from './control-plane/free-port.ts';
import { KWOK_STAGES_FILE } from './control-plane/programs.ts';
import { openSupervisor } from './control-plane/supervised.ts';
import { createTestCa } from './test-certificates.ts';
import { waitFor } from './wait-for.ts';

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

const MANAGED_BY = 'test.gmsa-operator.io/kubelet';

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
  { client, kubeconfigPath }: { readonly client: KubeClient; readonly kubeconfigPath: string },
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
  const { kwok } = await provide(['kwok']);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-kubelet-'));
  const supervisor = openSupervisor(directory);
  const playOf = (namespace: string): string => join(directory, 'play', namespace);
  try {
    for (const namespace of namespaces) await mkdir(playOf(namespace), { recursive: true });
    const bin = join(directory, 'bin');
    await mkdir(bin);
    for (const program of image === 'nanoserver' ? [] : PROGRAMS) {
      await writeFile(join(bin, `${program}.exe`), PROGRAM);
      await chmod(join(bin, `${program}.exe`), 0o755);
    }
    const { certificate, key } = await (await createTestCa()).issue(node);
    await writeFile(join(directory, 'tls.crt'), certificate);
    await writeFile(join(directory, 'tls.key'), key, { mode: 0o600 });
    await writeFile(
      join(directory, 'exec.yaml'),
      namespaces
        .map((namespace) => JSON.stringify(clusterExec(namespace, playOf(namespace))))
        .join('\n---\n'),
    );
    const port = await freePort();
    await supervisor.spawn({
      file: kwok,
      args: [
        `--kubeconfig=${kubeconfigPath}`,
        `--config=${join(dirname(kwok), KWOK_STAGES_FILE)}`,
        '--config=exec.yaml',
        '--manage-all-nodes=false',
        `--manage-nodes-with-annotation-selector=${MANAGED_BY}=${node}`,
        '--node-ip=127.0.0.1',
        `--node-port=${port}`,
        `--server-address=127.0.0.1:${port}`,
        '--tls-cert-file=tls.crt',
        '--tls-private-key-file=tls.key',
      ],
      cwd: directory,
      logFile: join(directory, 'kwok.log'),
      env: { PATH: [bin, process.env['PATH'] ?? ''].join(delimiter) },
    });
    await client.request({ method: 'POST', path: '/api/v1/nodes', body: nodeObject(node) });
    await waitFor(`node ${node} to be ready`, async () => {
      const { status } = await client.request<NodeObject>({
        method: 'GET',
        path: `/api/v1/nodes/${node}`,
      });
      return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    });
  } catch (error) {
    await supervisor.close();
    throw error;
  }
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
    stop: () => supervisor.close(),
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

interface NodeObject {
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

function nodeObject(name: string): object {
  const resources = { cpu: '64', memory: '256Gi', pods: '10000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [MANAGED_BY]: name },
      labels: {
        'kubernetes.io/os': 'windows',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/windows-build': '10.0.20348',
      },
    },
    status: {
      allocatable: resources,
      capacity: resources,
      nodeInfo: {
        operatingSystem: 'windows',
        osImage: 'Windows Server 2022 Datacenter (simulated)',
        kernelVersion: '10.0.20348.2402',
        architecture: 'amd64',
      },
    },
  };
}
