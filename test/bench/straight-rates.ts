// SPDX-License-Identifier: Apache-2.0
// (f) The operator's webhooks beside the reference's, each asked straight, in turn.
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

/** Measures all of them: in order, then backwards, and so on. */
export async function measureStraightRates(
  admission: AdmissionBench,
  scale: AdmissionScale,
  log: (line: string) => void,
): Promise<readonly StraightRate[]> {
  const turns = new Map<Arm, StraightLoad[]>(ARMS.map((arm) => [arm, []]));
  const turnOf = ({ webhook, path }: Arm, seconds: number): Promise<StraightLoad> =>
    runStraightLoad({
      target: admission[webhook].address,
      request: admission.reviews[path],
      connections: CONCURRENCY,
      warmUpSeconds: scale.warmUpSeconds,
      seconds,
    });
  for (const arm of ARMS) await turnOf(arm, scale.leadInSeconds);
  for (let round = 0; round < scale.rounds; round++) {
    for (const arm of round % 2 === 0 ? ARMS : ARMS.toReversed()) {
      turns.get(arm)?.push(await turnOf(arm, scale.seconds));
    }
    const rates = [...turns].map(([{ webhook, path }, of]) => {
      const { count, seconds } = of.at(-1) ?? { count: 0, seconds: 1 };
      return `${path} of ${webhook} ${(count / seconds).toFixed(0)}`;
    });
    log(`requests/s straight, round ${round + 1} of ${scale.rounds}: ${rates.join('; ')}`);
  }
  return [...turns].map(([arm, rounds]) => ({ ...arm, rounds }));
}
