// SPDX-License-Identifier: Apache-2.0
// The pods of the admission measurements: as a Deployment makes them, with what such pods usually have.
import { namespaceName, seededAnnotation, credspecName, type Workload } from './workload.ts';

/** The service account that every seeded credspec is allowed to. */
export const SERVICE_ACCOUNT = 'webapp';

/** A Windows pod that names a credspec. `labels`: besides those that it has anyway. */
export function windowsPod(credspec: string, labels: Labels = {}): object {
  return pod('windows', { windowsOptions: { gmsaCredentialSpecName: credspec } }, labels);
}

/** A pod with nothing for us in it. */
export function linuxPod(labels: Labels = {}): object {
  return pod('linux', { runAsNonRoot: true }, labels);
}

/** The credspecs that {@link SERVICE_ACCOUNT} may use in the workload's first namespace. */
export function usableCredspecs(workload: Workload): readonly string[] {
  const entry = `${namespaceName(0, workload)}/${SERVICE_ACCOUNT}`;
  return Array.from({ length: workload.credspecs }, (_, index) => index)
    .filter((index) => seededAnnotation(index, workload).split(', ').includes(entry))
    .map(credspecName);
}

type Labels = Readonly<Record<string, string>>;

function pod(os: 'linux' | 'windows', securityContext: object, labels: Labels): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'webapp-6d4cf56db6-',
      labels: { app: 'webapp', 'pod-template-hash': '6d4cf56db6', tier: 'frontend', ...labels },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
    },
    spec: {
      serviceAccountName: SERVICE_ACCOUNT,
      os: { name: os },
      nodeSelector: { 'kubernetes.io/os': os },
      tolerations: [{ key: 'os', operator: 'Equal', value: os, effect: 'NoSchedule' }],
      securityContext,
      containers: [
        {
          name: 'web',
          image: 'registry.example/team/webapp:1.4.2',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env: [
            { name: 'ASPNETCORE_ENVIRONMENT', value: 'Production' },
            { name: 'ConnectionStrings__Main', value: 'Server=db.contoso.com;Database=web' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          resources: {
            requests: { cpu: '500m', memory: '512Mi' },
            limits: { cpu: '2', memory: '2Gi' },
          },
          readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
          volumeMounts: [{ name: 'configuration', mountPath: '/etc/webapp', readOnly: true }],
        },
        {
          name: 'log-shipper',
          image: 'registry.example/platform/log-shipper:2.9.0',
          args: ['--source=/var/log/webapp', '--target=logs.contoso.com:5170'],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        },
      ],
      volumes: [{ name: 'configuration', configMap: { name: 'webapp' } }],
    },
  };
}
