// SPDX-License-Identifier: Apache-2.0
// The programs of a control plane: which Go module each comes from, and which files it needs.
import { ETCD_VERSION, GLUA_VERSION, HELM_VERSION, KWOK_VERSION, minorOf } from './versions.ts';

/** What every control plane runs; also what the official prebuilt archives hold. */
export const CORE_PROGRAMS = ['kube-apiserver', 'etcd', 'kubectl'] as const;

/** All there are; the others are for those who ask for them. */
export const ALL_PROGRAMS = [
  ...CORE_PROGRAMS,
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'helm',
  'glua',
] as const;

export type Program = (typeof ALL_PROGRAMS)[number];

/** Where a program's source is and how it is built. Versions carry no leading `v`. */
export interface ProgramSource {
  readonly program: Program;
  readonly version: string;
  /** Go module, and the main package in it. */
  readonly module: string;
  readonly package: string;
  /** Values for the linker's `-X`, as `import/path.name=value`. */
  readonly linkedValues: readonly string[];
  /** The files that must lie in one directory for the program to count as found. */
  readonly files: readonly string[];
}

/** kwok's behaviour is data: the stages that its module carries, gathered in one file. */
export const KWOK_STAGES_FILE = 'stages.yaml';

/** The source of a program that goes with a Kubernetes version (`1.37.2`). */
export function sourceOf(program: Program, kubernetesVersion: string): ProgramSource {
  switch (program) {
    case 'etcd':
      return {
        program,
        version: ETCD_VERSION,
        module: 'go.etcd.io/etcd/server/v3',
        package: 'go.etcd.io/etcd/server/v3',
        linkedValues: [],
        files: [program],
      };
    case 'kwok':
      return {
        program,
        version: KWOK_VERSION,
        module: 'sigs.k8s.io/kwok',
        package: 'sigs.k8s.io/kwok/cmd/kwok',
        linkedValues: [],
        files: [program, KWOK_STAGES_FILE],
      };
    case 'helm':
      return {
        program,
        version: HELM_VERSION,
        module: 'helm.sh/helm/v4',
        package: 'helm.sh/helm/v4/cmd/helm',
        linkedValues: [`helm.sh/helm/v4/internal/version.version=v${HELM_VERSION}`],
        files: [program],
      };
    case 'glua':
      return {
        program,
        version: GLUA_VERSION,
        module: 'github.com/yuin/gopher-lua',
        package: 'github.com/yuin/gopher-lua/cmd/glua',
        linkedValues: [],
        files: [program],
      };
    case 'kube-apiserver':
    case 'kubectl':
    case 'kube-controller-manager':
    case 'kube-scheduler':
      return {
        program,
        version: kubernetesVersion,
        module: 'k8s.io/kubernetes',
        package: `k8s.io/kubernetes/cmd/${program}`,
        linkedValues: kubernetesVersionValues(kubernetesVersion),
        files: [program],
      };
  }
}

// Without these a program calls itself v0.0.0-master, and API clients refuse or mislead on that.
function kubernetesVersionValues(version: string): string[] {
  const [major = '', minor = ''] = minorOf(version).split('.');
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) => [
    `${pkg}.gitVersion=v${version}`,
    `${pkg}.gitMajor=${major}`,
    `${pkg}.gitMinor=${minor}`,
  ]);
}
