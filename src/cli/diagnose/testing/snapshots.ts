// SPDX-License-Identifier: Apache-2.0
// A cluster in which all is well, for tests that take one thing from it.
import { allowedAnnotationHash } from '../../../api/allowed-service-accounts.ts';
import { desiredWebhookConfigurations } from '../../../controller/webhooks/webhook-configurations.ts';
import { newAuthority, newServing } from '../../../pki/testing/certificates.ts';
import type { StoredCredspec } from '../../credspecs.ts';
import { POLICIES } from '../doctor/checks/rbac.ts';
import { operatorSettings } from '../doctor/operator-settings.ts';
import type { Snapshot } from '../doctor/snapshot.ts';
import { WEBAPP1, webapp1Pod } from './pods.ts';
import { read } from './read.ts';
import { soundWorkload } from './workloads.ts';

/** The moment of the snapshot. */
export const NOW = new Date('2026-11-25T04:00:00Z');

const HOUR = 3_600_000;

/** The documentation's WebApp1, looked at and found to be ready. */
export function webapp1Credspec(more: Partial<StoredCredspec> = {}): StoredCredspec {
  return {
    apiVersion: 'windows.k8s.io/v1',
    kind: 'GMSACredentialSpec',
    violations: [],
    metadata: { name: 'webapp1', uid: 'u', generation: 1 },
    credspec: WEBAPP1,
    status: {
      observedAnnotationHash: allowedAnnotationHash(undefined),
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Ready',
          message: 'Everything is in place.',
          lastTransitionTime: '2026-11-25T03:00:00Z',
          observedGeneration: 1,
        },
      ],
    },
    ...more,
  };
}

/** The names by which the webhooks are called. */
const TARGET = {
  type: 'service',
  namespace: 'gmsa-operator-system',
  name: 'gmsa-operator-webhook',
} as const;

/** Makes one, with certificates of its own. */
export async function soundSnapshot(): Promise<Snapshot> {
  const authority = await newAuthority({ now: NOW });
  const serving = await newServing(authority, {
    now: NOW,
    validityMs: 24 * HOUR,
    dnsNames: ['gmsa-operator-webhook.gmsa-operator-system.svc'],
    ipAddresses: [],
  });
  const [mutating, validating] = desiredWebhookConfigurations({
    target: TARGET,
    caBundle: authority.leaf.pem,
  });
  const version = (name: string) => ({ name, served: true, subresources: { status: {} } });
  return {
    now: NOW,
    kubernetes: read('v1.37.2'),
    namespace: 'gmsa-operator-system',
    plugin: '0.1.0',
    workload: soundWorkload(),
    settings: operatorSettings(soundWorkload()),
    crd: read({
      spec: { versions: [version('v1'), version('v1alpha1')] },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    }),
    definition: 'with-status',
    generated: { type: 'absent' },
    lease: read({
      spec: {
        holderIdentity: 'gmsa-operator-0_1',
        leaseDurationSeconds: 15,
        renewTime: '2026-11-25T03:59:58.000000Z',
      },
    }),
    certificate: read({
      secret: 'gmsa-operator-webhook-cert',
      isOperators: true,
      certificate: serving.certificate,
      authorities: authority.leaf.pem,
    }),
    mutating: read([mutating]),
    validating: read([validating]),
    handshakes: read([
      {
        endpoint: '10.244.0.7:9443',
        pod: 'gmsa-operator-0',
        through: 'api-server',
        type: 'trusted',
        notAfter: '2026-11-26T04:00:00.000Z',
      },
    ]),
    policies: read(POLICIES),
    policyBindings: read(POLICIES),
    missingPermissions: read([]),
    nodes: read([
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'windows-0' },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          nodeInfo: { kernelVersion: '10.0.20348.2402' },
        },
      },
    ]),
    pods: read([webapp1Pod()]),
    events: read([]),
    credspecs: read([webapp1Credspec()]),
  };
}
