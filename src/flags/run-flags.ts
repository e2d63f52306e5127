// SPDX-License-Identifier: Apache-2.0
// The flags of `gmsa-operator run`, in the ecosystem's usual names.
import { BIND_ADDRESS_FORMS, type BindAddress, parseBindAddress } from './bind-address.ts';
import { parseDuration } from './duration.ts';
import { type Environment, type Flag, FlagError, type FlagValue, readFlag } from './flag.ts';

/** What `run` is told. Durations in milliseconds. */
export interface RunOptions {
  /** Undefined: in-cluster, then `$KUBECONFIG`. */
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
  readonly leaderElect: boolean;
  readonly leaderElectionLeaseDurationMs: number;
  readonly leaderElectionRenewDeadlineMs: number;
  readonly leaderElectionRetryPeriodMs: number;
  /** Undefined: no such server. */
  readonly metricsBindAddress: BindAddress | undefined;
  readonly healthProbeBindAddress: BindAddress | undefined;
  readonly maxConcurrentReconciles: number;
  readonly syncPeriodMs: number;
  readonly logLevel: 'debug' | 'error' | 'info' | 'warn';
  readonly logFormat: 'json' | 'text';
}

const DEFAULT_NAMESPACE = 'gmsa-operator-system';

/** client-go's: renewals come later than the retry period by up to a fifth of it. */
const JITTER_FACTOR = 1.2;

const kubeconfig: Flag<string> = {
  name: 'kubeconfig',
  value: 'file',
  description:
    'kubeconfig of the cluster to work on (default: the cluster whose pod this is, then $KUBECONFIG)',
  allowed: 'the path of a file',
  parse: (text) => (text === '' ? undefined : text),
};

const namespace: Flag<string> = {
  name: 'namespace',
  value: 'name',
  description: `namespace of the operator's own objects, such as its Lease (default: $POD_NAMESPACE, then the pod's own, then ${DEFAULT_NAMESPACE})`,
  allowed: 'the name of a namespace: at most 63 lower-case letters, digits and "-"',
  parse: (text) => (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined),
};

const leaderElect: Flag<boolean> = {
  name: 'leader-elect',
  value: 'true|false',
  description: 'reconcile only while holding the Lease; needed as soon as there are two replicas',
  default: 'true',
  allowed: 'true or false',
  parse: parseBoolean,
  valueIsOptional: true,
};

const leaseDuration = duration({
  name: 'leader-election-lease-duration',
  description: 'how long the others leave a Lease alone that is not renewed',
  default: '15s',
  minimum: '1s',
  maximum: '24h',
});

const renewDeadline = duration({
  name: 'leader-election-renew-deadline',
  description:
    'how long the leader goes on without renewing its Lease; less than the lease duration',
  default: '10s',
  minimum: '200ms',
  maximum: '24h',
});

const retryPeriod = duration({
  name: 'leader-election-retry-period',
  description: 'time between two attempts to get or renew the Lease',
  default: '2s',
  minimum: '100ms',
  maximum: '24h',
});

const metricsBindAddress: Flag<BindAddress | 'disabled'> = {
  name: 'metrics-bind-address',
  value: 'address',
  description: 'where /metrics is served; 0 for nowhere',
  default: ':8080',
  allowed: BIND_ADDRESS_FORMS,
  parse: parseBindAddress,
};

const healthProbeBindAddress: Flag<BindAddress | 'disabled'> = {
  name: 'health-probe-bind-address',
  value: 'address',
  description: 'where /healthz and /readyz are served; 0 for nowhere',
  default: ':8081',
  allowed: BIND_ADDRESS_FORMS,
  parse: parseBindAddress,
};

/**
 * Many, for a reconcile mostly waits: the API server answers a write of RBAC objects that is not an
 * administrator's only when its caches have caught up with etcd, up to 100 ms after the write before.
 */
const maxConcurrentReconciles: Flag<number> = {
  name: 'max-concurrent-reconciles',
  value: 'number',
  description: 'credspecs that are reconciled at the same time',
  default: '16',
  allowed: 'a whole number from 1 to 100',
  parse: (text) => (/^([1-9]\d?|100)$/.test(text) ? Number(text) : undefined),
};

/** Longer ones would not fit a timer, whose milliseconds have 31 bits. */
const syncPeriod = duration({
  name: 'sync-period',
  description: 'every credspec is looked at again after this time, changed or not',
  default: '10m',
  minimum: '1s',
  maximum: '240h',
});

const logLevel = oneOf({
  name: 'log-level',
  values: ['debug', 'info', 'warn', 'error'],
  description: 'least important lines to log',
  default: 'info',
});

const logFormat = oneOf({
  name: 'log-format',
  values: ['json', 'text'],
  description: 'how log lines are written',
  default: 'json',
});

/** All flags of `run`, in the order of its help. */
export const RUN_FLAGS: readonly Flag<unknown>[] = [
  kubeconfig,
  namespace,
  leaderElect,
  leaseDuration,
  renewDeadline,
  retryPeriod,
  metricsBindAddress,
  healthProbeBindAddress,
  maxConcurrentReconciles,
  syncPeriod,
  logLevel,
  logFormat,
];

/**
 * The options of `run`.
 * @throws FlagError where one is not allowed, or two do not go together.
 */
export function readRunOptions(
  given: ReadonlyMap<string, string>,
  env: Environment,
  serviceAccountNamespace: string | undefined,
): RunOptions {
  const optional = <T>(flag: Flag<T>): T | undefined =>
    readFlag(flag, given.get(flag.name), env)?.value;
  const required = <T>(flag: Flag<T>): FlagValue<T> => {
    const value = readFlag(flag, given.get(flag.name), env);
    if (value === undefined) throw new Error(`--${flag.name} has no default`);
    return value;
  };
  const lease = required(leaseDuration);
  const deadline = required(renewDeadline);
  const retry = required(retryPeriod);
  assertElectionTimes(lease, deadline, retry);
  return {
    kubeconfig: optional(kubeconfig),
    namespace:
      optional(namespace) ?? podNamespace(env) ?? serviceAccountNamespace ?? DEFAULT_NAMESPACE,
    leaderElect: required(leaderElect).value,
    leaderElectionLeaseDurationMs: lease.value,
    leaderElectionRenewDeadlineMs: deadline.value,
    leaderElectionRetryPeriodMs: retry.value,
    metricsBindAddress: unlessDisabled(required(metricsBindAddress).value),
    healthProbeBindAddress: unlessDisabled(required(healthProbeBindAddress).value),
    maxConcurrentReconciles: required(maxConcurrentReconciles).value,
    syncPeriodMs: required(syncPeriod).value,
    logLevel: required(logLevel).value,
    logFormat: required(logFormat).value,
  };
}

/** client-go's conditions: without them a leader could still write when the next one starts. */
function assertElectionTimes(
  lease: FlagValue<number>,
  deadline: FlagValue<number>,
  retry: FlagValue<number>,
): void {
  if (deadline.value >= lease.value) {
    throw new FlagError(deadline, `it must be shorter than ${lease.source} (${lease.text})`);
  }
  if (deadline.value <= retry.value * JITTER_FACTOR) {
    throw new FlagError(
      deadline,
      `it must be longer than ${JITTER_FACTOR} times ${retry.source} (${retry.text})`,
    );
  }
}

/** `POD_NAMESPACE` is what manifests call a pod's namespace that they pass on (downward API). */
function podNamespace(env: Environment): string | undefined {
  const text = env['POD_NAMESPACE'];
  if (text === undefined || text === '') return undefined;
  if (namespace.parse(text) === undefined) {
    throw new FlagError({ source: 'POD_NAMESPACE', text }, `it must be ${namespace.allowed}`);
  }
  return text;
}

function unlessDisabled(address: BindAddress | 'disabled'): BindAddress | undefined {
  return address === 'disabled' ? undefined : address;
}

/** The words of Go's strconv.ParseBool. */
function parseBoolean(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}

function duration({
  minimum,
  maximum,
  ...flag
}: Pick<Flag<number>, 'name' | 'description'> & {
  readonly default: string;
  readonly minimum: string;
  readonly maximum: string;
}): Flag<number> {
  const [minimumMs, maximumMs] = [parseDuration(minimum) ?? 0, parseDuration(maximum) ?? 0];
  return {
    ...flag,
    value: 'duration',
    allowed: `a duration from ${minimum} to ${maximum}, such as 90s, 1h30m or 1.5h`,
    parse(text) {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
    },
  };
}

function oneOf<const T extends string>({
  values,
  ...flag
}: Pick<Flag<T>, 'name' | 'description'> & {
  readonly default: T;
  readonly values: readonly T[];
}): Flag<T> {
  return {
    ...flag,
    value: values.join('|'),
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}
