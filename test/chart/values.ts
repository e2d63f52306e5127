// SPDX-License-Identifier: Apache-2.0
// Values of the chart that tests have in common.

/** Monitoring, switched on. */
export const MONITORING = {
  metrics: {
    port: 10080,
    serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true, annotations: { folder: 'Windows' } },
  },
};

/** Another value than the default for all that is a flag, and what is off switched on. */
export const EVERYTHING = {
  ...MONITORING,
  commonLabels: { team: 'identity' },
  replicaCount: 3,
  imagePullSecrets: [{ name: 'registry' }],
  admission: {
    port: 10443,
    randomHostname: true,
    authorizationCacheTtl: '0s',
    certificates: { validity: '24h', caValidity: '48h' },
  },
  delegates: ['team-web'],
  serviceAccount: { annotations: { a: 'b' } },
  logLevel: 'debug',
  logFormat: 'text',
  maxConcurrentReconciles: 4,
  syncPeriod: '1h',
  shutdownDelaySeconds: 40,
  healthPort: 10081,
  extraArgs: ['--leader-election-retry-period=3s'],
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca' }],
  nodeOptions: '--max-semi-space-size=2',
  tolerations: [{ operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'system-cluster-critical',
  podAnnotations: { a: 'b' },
  podLabels: { a: 'b' },
  hostNetwork: true,
  networkPolicy: {
    ingress: {
      webhook: [{ ipBlock: { cidr: '10.0.0.0/28' } }],
      metrics: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }],
      probes: [{ ipBlock: { cidr: '10.1.0.0/16', except: ['10.1.1.0/24'] } }],
    },
  },
};

/** So that one replica after another soon leads, and soon ends. */
export const SHORT = {
  shutdownDelaySeconds: 0,
  extraArgs: [
    '--leader-election-lease-duration=3s',
    '--leader-election-renew-deadline=2s',
    '--leader-election-retry-period=400ms',
  ],
};
