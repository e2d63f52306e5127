// SPDX-License-Identifier: Apache-2.0
// The flags of `gmsa-operator run`, in the ecosystem's usual names.
import { ADMISSION_FLAGS, type AdmissionOptions, readAdmissionOptions } from './admission-flags.ts';
import { type BindAddress, bindAddressFlag } from './bind-address.ts';
import { ELECTION_FLAGS, type ElectionOptions, readElectionOptions } from './election-flags.ts';
import { booleanFlag, choiceFlag, durationFlag } from './flag-kinds.ts';
import { createFlagReader, type Environment, type Flag, FlagError } from './flag.ts';

/** What `run` is told. Durations in milliseconds. */
export interface RunOptions extends ElectionOptions {
  /** Undefined: in-cluster, then `$KUBECONFIG`. */
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
  /** Undefined: no such server. */
  readonly metricsBindAddress: BindAddress | undefined;
  /** Metrics by HTTPS, with the webhooks' certificate, to those whom the API server lets read them. */
  readonly metricsSecure: boolean;
  readonly healthProbeBindAddress: BindAddress | undefined;
  readonly maxConcurrentReconciles: number;
  readonly syncPeriodMs: number;
  readonly shutdownDelayMs: number;
  /** Undefined: admission is served by somebody else. */
  readonly admission: AdmissionOptions | undefined;
  readonly logLevel: 'debug' | 'error' | 'info' | 'warn';
  readonly logFormat: 'json' | 'text';
}

const DEFAULT_NAMESPACE = 'gmsa-operator-system';

/** All flags of `run`, in the order of its help. */
export const RUN_FLAGS = {
  kubeconfig: {
    name: 'kubeconfig',
    value: 'file',
    description:
      'kubeconfig of the cluster to work on (default: the cluster whose pod this is, then $KUBECONFIG)',
    allowed: 'the path of a file',
    parse: (text) => (text === '' ? undefined : text),
  } as const satisfies Flag<string>,
  namespace: {
    name: 'namespace',
    value: 'name',
    description: `namespace of the operator's own objects, such as its Lease (default: $POD_NAMESPACE, then the pod's own, then ${DEFAULT_NAMESPACE})`,
    allowed: 'the name of a namespace: at most 63 lower-case letters, digits and "-"',
    parse: (text) => (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined),
  } as const satisfies Flag<string>,
  ...ELECTION_FLAGS,
  metricsBindAddress: bindAddressFlag({
    name: 'metrics-bind-address',
    description: 'where /metrics is served; 0 for nowhere',
    default: ':8080',
  }),
  metricsSecure: booleanFlag({
    name: 'metrics-secure',
    description:
      "serve /metrics by HTTPS with the webhooks' certificate, and only to callers whose token may get it",
    default: 'false',
  }),
  healthProbeBindAddress: bindAddressFlag({
    name: 'health-probe-bind-address',
    description: 'where /healthz and /readyz are served; 0 for nowhere',
    default: ':8081',
  }),
  /**
   * Many, for a reconcile mostly waits: the API server answers a write of RBAC objects that is not an
   * administrator's only when its caches have caught up with etcd, up to 100 ms after the write before.
   */
  maxConcurrentReconciles: {
    name: 'max-concurrent-reconciles',
    value: 'number',
    description: 'credspecs that are reconciled at the same time',
    default: '16',
    allowed: 'a whole number from 1 to 100',
    parse: (text) => (/^([1-9]\d?|100)$/.test(text) ? Number(text) : undefined),
  } as const satisfies Flag<number>,
  /** Longer ones would not fit a timer, whose milliseconds have 31 bits. */
  syncPeriod: durationFlag({
    name: 'sync-period',
    description: 'every credspec is looked at again after this time, changed or not',
    default: '10m',
    range: ['1s', '240h'],
  }),
  ...ADMISSION_FLAGS,
  /** The name that kube-apiserver has for the same. */
  shutdownDelay: durationFlag({
    name: 'shutdown-delay-duration',
    description:
      'how long the admission webhooks are served after SIGTERM, so that the API server learns that this replica is going',
    default: '5s',
    range: ['0s', '10m'],
  }),
  logLevel: choiceFlag({
    name: 'log-level',
    values: ['debug', 'info', 'warn', 'error'],
    description: 'least important lines to log',
    default: 'info',
  }),
  logFormat: choiceFlag({
    name: 'log-format',
    values: ['json', 'text'],
    description: 'how log lines are written',
    default: 'json',
  }),
} as const;

/**
 * The options of `run`.
 * @throws FlagError where one is not allowed, or two do not go together.
 */
export function readRunOptions(
  given: ReadonlyMap<string, readonly string[]>,
  env: Environment,
  serviceAccountNamespace: string | undefined,
): RunOptions {
  const read = createFlagReader(given, env);
  const admission = readAdmissionOptions(read);
  const metricsSecure = read(RUN_FLAGS.metricsSecure);
  if (metricsSecure.value && admission === undefined) {
    throw new FlagError(
      metricsSecure,
      'it takes the certificate of the webhooks, and --admission=false has none',
    );
  }
  return {
    kubeconfig: read(RUN_FLAGS.kubeconfig).value,
    namespace:
      read(RUN_FLAGS.namespace).value ??
      podNamespace(env) ??
      serviceAccountNamespace ??
      DEFAULT_NAMESPACE,
    ...readElectionOptions(read),
    metricsBindAddress: unlessDisabled(read(RUN_FLAGS.metricsBindAddress).value),
    metricsSecure: metricsSecure.value,
    healthProbeBindAddress: unlessDisabled(read(RUN_FLAGS.healthProbeBindAddress).value),
    maxConcurrentReconciles: read(RUN_FLAGS.maxConcurrentReconciles).value,
    syncPeriodMs: read(RUN_FLAGS.syncPeriod).value,
    shutdownDelayMs: read(RUN_FLAGS.shutdownDelay).value,
    admission,
    logLevel: read(RUN_FLAGS.logLevel).value,
    logFormat: read(RUN_FLAGS.logFormat).value,
  };
}

/** `POD_NAMESPACE` is what manifests call a pod's namespace that they pass on (downward API). */
function podNamespace(env: Environment): string | undefined {
  const text = env['POD_NAMESPACE'];
  if (text === undefined || text === '') return undefined;
  if (RUN_FLAGS.namespace.parse(text) === undefined) {
    throw new FlagError(
      { source: 'POD_NAMESPACE', text },
      `it must be ${RUN_FLAGS.namespace.allowed}`,
    );
  }
  return text;
}

function unlessDisabled(address: BindAddress | 'disabled'): BindAddress | undefined {
  return address === 'disabled' ? undefined : address;
}
