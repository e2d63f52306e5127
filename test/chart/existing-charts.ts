// SPDX-License-Identifier: Apache-2.0
// Charts that stand in for those by which clusters got the webhook of kubernetes-sigs/windows-gmsa: one
// with the webhook, registered as its chart does it, and one with nothing but the CRD among its templates
// and no word that it should be kept, as Rancher's.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Directories of the charts. */
export interface ExistingCharts {
  readonly crd: string;
  readonly webhook: string;
}

/** Writes both below a directory. `caBundle` of the webhook's values is that of its certificate, in Base64. */
export async function writeExistingCharts(directory: string): Promise<ExistingCharts> {
  const crd = await chart(directory, 'gmsa-crd');
  const definition = fileURLToPath(
    new URL('../support/fixtures/crd-existing.yaml', import.meta.url),
  );
  await copyFile(definition, join(crd, 'templates', 'crd.yaml'));
  const webhook = await chart(directory, 'gmsa');
  await writeFile(join(webhook, 'templates', 'webhook.yaml'), WEBHOOK);
  return { crd, webhook };
}

async function chart(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, 'templates'), { recursive: true });
  await writeFile(join(path, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.12.1\n`);
  return path;
}

/** The rules, policies and selectors of the existing chart; pods of every kind are sent to it. */
const configuration = (kind: string, path: string, operations: string): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}
metadata:
  name: {{ .Release.Name }}
webhooks:
  - name: admission-webhook.windows-gmsa.sigs.k8s.io
    clientConfig:
      service: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}, path: ${path} }
      caBundle: {{ .Values.caBundle }}
    rules:
      - operations: ${operations}
        apiGroups: ['']
        apiVersions: ['*']
        resources: [pods]
    failurePolicy: Fail
    admissionReviewVersions: [v1, v1beta1]
    sideEffects: None
    namespaceSelector:
      matchExpressions:
        - { key: kubernetes.io/metadata.name, operator: NotIn, values: [{{ .Release.Namespace }}] }
        - { key: windows.k8s.io/disabled, operator: NotIn, values: ['true'] }
---`;

const WEBHOOK = `${configuration('MutatingWebhookConfiguration', '/mutate', '[CREATE]')}
${configuration('ValidatingWebhookConfiguration', '/validate', '[CREATE, UPDATE]')}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .Release.Name }}
rules:
  - apiGroups: [windows.k8s.io]
    resources: [gmsacredentialspecs]
    verbs: [get, use]
  - apiGroups: [authorization.k8s.io]
    resources: [localsubjectaccessreviews]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .Release.Name }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .Release.Name }}
subjects:
  - kind: ServiceAccount
    name: {{ .Release.Name }}
    namespace: {{ .Release.Namespace }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
    - name: https
      port: 443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
spec:
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      serviceAccountName: {{ .Release.Name }}
      containers:
        - name: webhook
          image: registry.example/k8s-gmsa-webhook:v0.12.1
`;
