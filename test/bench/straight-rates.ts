// SPDX-License-Identifier: Apache-2.0
// (f) The operator's webhooks beside the reference's, all asked straight, in turns too short for the machine's moods.
import type { AdmissionBench } from './admission-bench.ts';
import type { AdmissionScale } from './options.ts';
import { CONCURRENCY } from './pod-rates.ts';
import { runStraightLoad, type StraightLoad } from './straight-load.ts';

/** What was found of one webhook on one path. */
export interface StraightRate {
  readonly webhook: 'ours' | 'reference';
  readonly path: '/mutate' | '/validate';
  readonly rounds: readonly StraightLoad[];
}

type Arm = Omit<StraightRate, 'rounds'>;

const ARMS: readonly Arm[] = [
  { webhook: 'ours', path: '/mutate' },
  { webhook: 'reference', path: '/mutate' },
  { webhook: 'reference', path: '/validate' },
  { webhook: 'ours', path: '/validate' },
];

/** Measures all of them. */
export async function measureStraightRates(
  admission: AdmissionBench,
  scale: AdmissionScale,
  log: (line: string) => void,
): Promise<readonly StraightRate[]> {
  const turns = new Map<Arm, StraightLoad[]>(ARMS.map((arm) => [arm, []]));
  const load = (seconds: number): Promise<readonly StraightLoad[]> =>
    runStraightLoad({
      arms: ARMS.map(({ webhook, path }) => ({
        target: admission[webhook].addresses.Service,
        request: admission.reviews[path],
      })),
      connections: CONCURRENCY,
      warmUpSeconds: scale.warmUpSeconds,
      seconds,
    });
  await load(scale.leadInSeconds);
  for (let round = 0; round < scale.rounds; round++) {
    const loads = await load(scale.seconds);
    ARMS.forEach((arm, index) => turns.get(arm)?.push(...loads.slice(index, index + 1)));
    const rates = [...turns].map(([{ webhook, path }, of]) => {
      const { count, seconds } = of.at(-1) ?? { count: 0, seconds: 1 };
      return `${path} of ${webhook} ${(count / seconds).toFixed(0)}`;
    });
    log(`requests/s straight, round ${round + 1} of ${scale.rounds}: ${rates.join('; ')}`);
  }
  return [...turns].map(([arm, rounds]) => ({ ...arm, rounds }));
}
