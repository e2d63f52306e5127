// SPDX-License-Identifier: Apache-2.0
// Values that are wrong are refused, with what may be.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type Helm, startHelm } from './helm.ts';

jest.setTimeout(60_000);

let helm: Helm;
beforeAll(async () => {
  helm = await startHelm();
});
afterAll(() => helm.close());

it.each([
  [{ replicas: 3 }, "additional properties 'replicas' not allowed"],
  [{ replicaCount: 'two' }, "at '/replicaCount': got string, want integer"],
  [{ logLevel: 'verbose' }, "value must be one of 'debug', 'info', 'warn', 'error'"],
  [{ syncPeriod: '10' }, "at '/syncPeriod': '10' does not match pattern"],
  [{ image: { digest: 'sha256:1' } }, "at '/image/digest'"],
  [{ admission: { port: 443 } }, "at '/admission/port': minimum: got 443, want 1,024"],
  [
    { admission: { certificates: { mode: 'own' } } },
    "value must be one of 'self-managed', 'cert-manager', 'external'",
  ],
  [{ admission: { clientCa: { file: '/ca' } } }, "additional properties 'file' not allowed"],
  [{ admission: { clientCa: { key: 'certs/ca.crt' } } }, "at '/admission/clientCa/key'"],
  [
    { admission: { clientCa: { configMapName: 'a', secretName: 'b' } } },
    'admission.clientCa.configMapName and admission.clientCa.secretName are both set. Set the one that holds the CAs',
  ],
  [
    { networkPolicy: { ingress: { webhook: ['10.0.0.0/28'] } } },
    "at '/networkPolicy/ingress/webhook/0': got string, want object",
  ],
  [
    { networkPolicy: { ingress: { metrics: [{ cidr: '10.0.0.0/28' }] } } },
    "additional properties 'cidr' not allowed",
  ],
  [{ networkPolicy: { ingress: { probes: [{}] } } }, "at '/networkPolicy/ingress/probes/0'"],
  [
    { admission: { enabled: false }, metrics: { secure: true } },
    'metrics.secure takes the certificate of the webhooks, and admission.enabled=false has none. Set metrics.secure=false',
  ],
  [{ metrics: { secure: 'yes' } }, "at '/metrics/secure': got string, want boolean"],
  [{ delegates: [{ name: 'team' }] }, "at '/delegates/0': got object, want string"],
  [{ extraArgs: ['log-level=debug'] }, "at '/extraArgs/0'"],
  [{ crds: { enabled: 'no' } }, "at '/crds/enabled': got string, want boolean"],
  [
    { admission: { certificates: { validity: '90h', caValidity: '60h' } } },
    'admission.certificates.validity (90h) must not be longer than admission.certificates.caValidity (60h)',
  ],
  [
    { admission: { port: 9000 }, metrics: { port: 9000 } },
    'admission.port, metrics.port and healthPort must be three different ports',
  ],
  [
    { resources: { limits: { memory: '256MB' } } },
    'resources.limits.memory (256MB) is not a quantity that this chart reads. Write it as 256Mi, 1Gi, 500M or bytes',
  ],
  [{ nodeOptions: 'max-old-space-size=96' }, "at '/nodeOptions'"],
  [
    { extraEnv: [{ name: 'NODE_OPTIONS', value: '--trace-gc' }] },
    'the chart sets NODE_OPTIONS itself. Write the options into nodeOptions.',
  ],
  [{ serviceAccount: { create: false } }, 'name the service account to use'],
])('%j is refused', async (values, message) => {
  await expect(helm.render(values)).rejects.toThrow(message);
});
