// SPDX-License-Identifier: Apache-2.0
// The Windows nodes. Whether they are in a domain, or have a plug-in, the API server does not know. Pure.
import { found, judged, type Judgement, ok } from '../finding.ts';
import type { NodeObject, Snapshot } from '../snapshot.ts';

/** Of Windows Server 2019: KB5000822, which containerd's GMSA needs (Kubernetes, "Configure GMSA"). */
const WINDOWS_2019 = 17763;
const REVISION_2019 = 1817;

/** Judges them. */
export function checkNodes({ nodes }: Snapshot): readonly Judgement[] {
  return judged(nodes, 'nodes', (all) => {
    if (all.length === 0) {
      return [found('note', 'there are no Windows nodes', 'no-windows-nodes')];
    }
    const findings = all.flatMap(checkNode);
    return findings.length === 0 ? [ok(`Windows nodes that are ready: ${all.length}`)] : findings;
  });
}

function checkNode({ metadata: { name }, status }: NodeObject): readonly Judgement[] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  const { kernelVersion = '' } = status?.nodeInfo ?? {};
  return [
    ...(ready
      ? []
      : [
          found('error', `Windows node ${name} is not ready`, 'node-not-ready', {
            node: name,
          }),
        ]),
    ...(isTooOld(kernelVersion)
      ? [
          found(
            'warning',
            `Windows node ${name} has build ${kernelVersion}, which is too old`,
            'node-too-old',
          ),
        ]
      : []),
  ];
}

/** `10.0.17763.1757`. */
function isTooOld(kernelVersion: string): boolean {
  const [, build, revision] = /^10\.0\.(\d+)(?:\.(\d+))?/.exec(kernelVersion) ?? [];
  if (build === undefined) return false;
  return (
    Number(build) < WINDOWS_2019 ||
    (Number(build) === WINDOWS_2019 && revision !== undefined && Number(revision) < REVISION_2019)
  );
}
