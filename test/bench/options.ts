// SPDX-License-Identifier: Apache-2.0
// What the bench is told on its command line.
import { parseArgs } from 'node:util';

/** The measurements of the bench. */
export type Measurement = 'a' | 'b' | 'c' | 'd';

/** See {@link USAGE}. */
export interface BenchOptions {
  readonly only: ReadonlySet<Measurement>;
  readonly scale: Scale;
  readonly output: 'json' | 'table';
  /** What a missed requirement makes the exit code. */
  readonly onMiss: 'fail' | 'report';
  /** Environment of the operator. */
  readonly operatorEnv: NodeJS.ProcessEnv;
}

/** How much is measured. */
export interface Scale {
  readonly name: 'full' | 'quick';
  /** Credspecs of the small cluster and of the large one. */
  readonly small: number;
  readonly large: number;
  /** Namespaces of the small cluster; the large one has them in proportion. */
  readonly namespaces: number;
  /** Annotations changed, each there and back. */
  readonly latencySamples: number;
  readonly steadySeconds: number;
}

export const USAGE = `Usage: node test/bench/bench.ts [options]     (after npm run build)

Measures the operator against a real API server of its own:
  a  cold start: rate of its writes beside a bare loop's, and cost per credspec as they get more
  b  one annotation changes: time until the access is there
  c  writes while nothing changes
  d  resident memory, settled

  --only=a,b,c,d   these only
  --quick          100 and 1,000 credspecs instead of 1,000 and 10,000: shows that the bench works
  --json           JSON instead of the table (it always goes to coverage/bench.json too)
  --report-only    exit code 0 also where a requirement is missed
  --operator-node-options=…  NODE_OPTIONS of the operator, for profiles: "--cpu-prof --cpu-prof-dir=/tmp"
`;

const FULL: Scale = {
  name: 'full',
  small: 1_000,
  large: 10_000,
  namespaces: 20,
  latencySamples: 200,
  steadySeconds: 60,
};

const QUICK: Scale = {
  name: 'quick',
  small: 100,
  large: 1_000,
  namespaces: 20,
  latencySamples: 20,
  steadySeconds: 10,
};

/** @throws TypeError for an unknown option, RangeError for an unknown measurement. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: 'a,b,c,d' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'report-only': { type: 'boolean', default: false },
      'operator-node-options': { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    only: new Set(values.only.split(',').map(measurement)),
    scale: values.quick ? QUICK : FULL,
    output: values.json ? 'json' : 'table',
    onMiss: values['report-only'] ? 'report' : 'fail',
    operatorEnv: { NODE_OPTIONS: values['operator-node-options'] },
  };
}

function measurement(text: string): Measurement {
  switch (text) {
    case 'a':
    case 'b':
    case 'c':
    case 'd':
      return text;
    default:
      throw new RangeError(`--only=${text}: the measurements are a, b, c and d`);
  }
}
