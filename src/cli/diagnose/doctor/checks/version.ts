// SPDX-License-Identifier: Apache-2.0
// Whether the plugin and the operator are of about the same version. Pure.
import { printable } from '../../../../api/printable.ts';
import { type Judgement, found, ok } from '../finding.ts';
import { operatorImages, parseVersion } from '../operator-workload.ts';
import type { Snapshot } from '../snapshot.ts';

/** Judges it; nothing where no operator runs as a Deployment. */
export function checkVersion({ workload, plugin }: Snapshot): readonly Judgement[] {
  const images = operatorImages(workload);
  const versions = [...new Set(images.flatMap(({ version }) => version ?? []))].sort();
  const unknown = images.filter(({ version }) => version === undefined);
  return [
    ...versions.map((version) =>
      areApart(version, plugin)
        ? found(
            'warning',
            `the operator is of version ${printable(version)}, and this plugin of ${plugin}: more than one minor version apart`,
            'version-skew',
            { version },
          )
        : ok(`version ${printable(version)}; this plugin is ${plugin}`),
    ),
    ...unknown.map(({ image }) =>
      found(
        'note',
        `which version image ${printable(image)} is cannot be told; this plugin is ${plugin}`,
        'version-unknown',
      ),
    ),
  ];
}

/** Whether one may not know what the other does. */
function areApart(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  if (a === undefined || b === undefined) return false;
  return a.major !== b.major || Math.abs(a.minor - b.minor) > 1;
}
