// SPDX-License-Identifier: Apache-2.0
// What the bench is told on its command line.
import { parseArgs } from 'node:util';
import { readRunOptions } from '../../src/flags/run-flags.ts';
import { type Measurement, MEASUREMENTS } from './report.ts';
import type { Workload } from './workload.ts';

/** See {@link USAGE}. */
export interface BenchOptions {
  readonly only: ReadonlySet<Measurement>;
  readonly scale: Scale;
  /** `long`: also what explains figures, and is not required. */
  readonly length: 'long' | 'usual';
  readonly output: 'json' | 'table';
  /** What a missed requirement makes the exit code. */
  readonly onMiss: 'fail' | 'report';
  readonly setup: OperatorSetup;
}

/** How the operator is run, and the bare loop as far as it applies. */
export interface OperatorSetup {
  readonly maxConcurrentReconciles: number;
  /** Options of Node.js beside those of the Deployment. */
  readonly nodeOptions: string;
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
  /** Rest before memory is read. */
  readonly settleSeconds: number;
  readonly admission: AdmissionScale;
  /** Runs of each of the kubectl plugin's command lines. */
  readonly pluginRuns: number;
}

/** How much of admission is measured. */
export interface AdmissionScale {
  /** Credspecs of the small cluster and of the large one. */
  readonly small: number;
  readonly large: number;
  /** How often each kind of pods, and of requests, is measured; what is compared has many turns in each. */
  readonly rounds: number;
  /** Of the loads before the first round, which are not counted: what has just started is compiled while it answers. */
  readonly leadInSeconds: number;
  /** Of each round, for each kind; the warm-up is not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** In place of `seconds`, for pods whose rates are compared with another webhook's. */
  readonly comparedSeconds: number;
  /** Of each load under which memory is read. */
  readonly memorySeconds: number;
}

export const USAGE = `Usage: node test/bench/bench.ts [options]     (after npm run build)

Measures the operator against a real API server of its own:
  a  cold start: rate of its writes beside a bare loop's, and cost per credspec as they get more
  b  one annotation changes: time until the access is there
  c  writes while nothing changes
  d  resident memory, settled
  e  pods through the API server: no webhook, a bare reference webhook, ours, both warm; by Service and by URL
     (each webhook has one turn in four, and authorizations are relied on for four times as long)
  f  requests straight to /mutate and /validate, the reference's and ours
  g  resident memory under the load of e and f
  h  the kubectl plugin: from the start of kubectl to its end

  --only=a,b,…     these only
  --quick          a tenth of the credspecs and a few seconds of each: shows that the bench works
  --long           also 10,000 credspecs over 20 namespaces, and the bare loop at 10,000: twice as long
  --json           JSON instead of the table (it always goes to coverage/bench.json too)
  --report-only    exit code 0 also where a requirement is missed
  --max-concurrent-reconciles=N  of the operator and of the bare loop, instead of the default
  --operator-node-options=…  more NODE_OPTIONS than the Deployment has, which win over those; for profiles:
                   "--cpu-prof --cpu-prof-dir=/tmp"
`;

const FULL: Scale = {
  name: 'full',
  small: 1_000,
  large: 10_000,
  namespaces: 20,
  latencySamples: 200,
  steadySeconds: 60,
  settleSeconds: 30,
  admission: {
    small: 100,
    large: 1_000,
    // Many and short: from one second to the next, a machine that is shared can be twice as fast.
    rounds: 16,
    leadInSeconds: 4,
    warmUpSeconds: 0.4,
    seconds: 1,
    comparedSeconds: 5,
    memorySeconds: 10,
  },
  pluginRuns: 20,
};

const QUICK: Scale = {
  name: 'quick',
  small: 100,
  large: 1_000,
  namespaces: 20,
  latencySamples: 20,
  steadySeconds: 10,
  settleSeconds: 10,
  admission: {
    small: 20,
    large: 100,
    rounds: 2,
    leadInSeconds: 0.5,
    warmUpSeconds: 0.3,
    seconds: 0.5,
    comparedSeconds: 0.5,
    memorySeconds: 2,
  },
  pluginRuns: 5,
};

/** The clusters of a run. */
export function workloads({ small, large, namespaces, admission }: Scale) {
  return {
    small: { credspecs: small, namespaces },
    /** As many bindings in each namespace as in the small one. */
    large: { credspecs: large, namespaces: (namespaces * large) / small },
    /** The API server's escalation check looks through a namespace's bindings at each write. */
    crowded: { credspecs: large, namespaces },
    admissionSmall: { credspecs: admission.small, namespaces },
    admissionLarge: { credspecs: admission.large, namespaces },
    /** The plugin waits for answers about single objects. */
    plugin: { credspecs: admission.small, namespaces },
  } satisfies Record<string, Workload>;
}

/** What the operator does unless it is told otherwise. */
const DEFAULTS = readRunOptions(new Map(), {}, undefined);
const DEFAULT_CONCURRENCY = DEFAULTS.maxConcurrentReconciles;

/** How long the operator relies on an authorization. */
export const DEFAULT_AUTHORIZATION_TTL_MS = DEFAULTS.admission?.authorizationCacheTtlMs ?? 0;

/** @throws TypeError for an unknown option, RangeError for an unknown measurement. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: MEASUREMENTS.join(',') },
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'report-only': { type: 'boolean', default: false },
      'operator-node-options': { type: 'string', default: '' },
      'max-concurrent-reconciles': { type: 'string', default: String(DEFAULT_CONCURRENCY) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    only: new Set(values.only.split(',').map(measurement)),
    scale: values.quick ? QUICK : FULL,
    length: values.long ? 'long' : 'usual',
    output: values.json ? 'json' : 'table',
    onMiss: values['report-only'] ? 'report' : 'fail',
    setup: {
      maxConcurrentReconciles: Number(values['max-concurrent-reconciles']),
      nodeOptions: values['operator-node-options'],
    },
  };
}

function measurement(text: string): Measurement {
  const found = MEASUREMENTS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new RangeError(`--only=${text}: the measurements are ${MEASUREMENTS.join(', ')}`);
}
