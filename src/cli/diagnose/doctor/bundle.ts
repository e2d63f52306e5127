// SPDX-License-Identifier: Apache-2.0
// The files for a support case. They hold no secret because each is put together from what may be told,
// field by field, and nothing is copied as it is: no Secret's data, no PluginInput, no annotation that is
// not ours (kubectl keeps whole objects in one), no environment of a pod. Pure.
import { jsonText } from '../../json-text.ts';
import { type Certificate, splitBundle } from '../../../pki/certificate.ts';
import type { StoredCredspec } from '../../credspecs.ts';
import { contentsState, gmsaUses, type PodObject } from '../pod.ts';
import { type Reading, valueOr } from '../reading.ts';
import { refusalOf } from '../refusal.ts';
import { shownMessage } from '../shown-message.ts';
import { credspecFacts } from './bundle-credspec.ts';
import { deploymentFacts, logFiles, operatorPodFacts } from './bundle-operator.ts';
import type { Finding } from './finding.ts';
import type { OperatorLog } from './operator-logs.ts';
import { operatorImages } from './operator-workload.ts';
import { bundleOf, type OwnConfiguration } from './own-configurations.ts';
import type { NodeObject, Snapshot } from './snapshot.ts';

/** A file of the bundle. */
export interface BundleFile {
  readonly name: string;
  readonly text: string;
}

/** All of them. */
export function bundleFiles(
  snapshot: Snapshot,
  findings: readonly Finding[],
  logs: readonly OperatorLog[],
): readonly BundleFile[] {
  const { now, kubernetes, namespace, plugin, workload, settings, credspecs } = snapshot;
  const known = valueOr(credspecs, []);
  return [
    json('about.json', {
      takenAt: now.toISOString(),
      definition: snapshot.definition,
      kubernetes: told(kubernetes),
      namespace,
      plugin,
      operator: operatorImages(workload),
    }),
    json('findings.json', findings),
    json('operator.json', {
      settings,
      deployments: told(workload.deployments, (all) => all.map(deploymentFacts)),
      pods: told(workload.pods, (all) => all.map(operatorPodFacts)),
      elsewhere: workload.elsewhere,
    }),
    ...logFiles(workload.pods, logs),
    json(
      'crd.json',
      told(snapshot.crd, ({ spec, status }) => ({
        versions: spec.versions.map(({ name, served, subresources }) => ({
          name,
          served,
          status: subresources?.status !== undefined,
        })),
        conditions: status?.conditions?.map(({ type, status: is }) => ({ type, status: is })),
      })),
    ),
    json(
      'lease.json',
      told(snapshot.lease, ({ spec }) => ({
        holderIdentity: spec?.holderIdentity,
        leaseDurationSeconds: spec?.leaseDurationSeconds,
        renewTime: spec?.renewTime,
      })),
    ),
    json(
      'certificate.json',
      told(snapshot.certificate, ({ secret, certificate, authorities }) => ({
        secret,
        certificate: splitBundle(certificate).map(certificateFacts),
        authorities: splitBundle(authorities).map(certificateFacts),
      })),
    ),
    json('handshakes.json', told(snapshot.handshakes)),
    json('webhook-configurations.json', {
      mutating: told(snapshot.mutating, (all) => all.map(configurationFacts)),
      validating: told(snapshot.validating, (all) => all.map(configurationFacts)),
    }),
    json('rbac.json', {
      missingPermissions: told(snapshot.missingPermissions),
      policies: told(snapshot.policies),
      policyBindings: told(snapshot.policyBindings),
    }),
    json(
      'nodes.json',
      told(snapshot.nodes, (all) => all.map(nodeFacts)),
    ),
    json(
      'pods.json',
      told(snapshot.pods, (all) =>
        all.filter((pod) => gmsaUses(pod).length > 0).map((pod) => podFacts(pod, known)),
      ),
    ),
    json(
      'refusals.json',
      told(snapshot.events, (all) =>
        all
          .flatMap((event) => refusalOf(event) ?? [])
          .map((refusal) => ({ ...refusal, message: shownMessage(refusal.message) })),
      ),
    ),
    json(
      'credspecs.json',
      told(credspecs, (all) => all.map(credspecFacts)),
    ),
  ];
}

function json(name: string, value: unknown): BundleFile {
  return { name, text: jsonText(value ?? null) };
}

function told<T>(reading: Reading<T>, facts: (value: T) => unknown = (value) => value): unknown {
  return reading.type === 'read' ? facts(reading.value) : reading;
}

function certificateFacts({
  fingerprint,
  notBefore,
  notAfter,
  dnsNames,
  ipAddresses,
}: Certificate) {
  return { fingerprint, notBefore, notAfter, dnsNames, ipAddresses };
}

function configurationFacts({ metadata, webhooks = [] }: OwnConfiguration['live']) {
  return {
    name: metadata.name,
    managers: metadata.managedFields?.map(({ manager, time }) => ({ manager, time })),
    webhooks: webhooks.map(({ name, clientConfig, rules, failurePolicy, ...webhook }) => ({
      name,
      service: clientConfig.service,
      url: clientConfig.url,
      caBundle: splitBundle(bundleOf(clientConfig)).map(certificateFacts),
      rules,
      failurePolicy,
      timeoutSeconds: webhook.timeoutSeconds,
      matchConditions: webhook.matchConditions,
      namespaceSelector: webhook.namespaceSelector,
      objectSelector: webhook.objectSelector,
    })),
  };
}

function nodeFacts({ metadata, status }: NodeObject) {
  return {
    name: metadata.name,
    osImage: status?.nodeInfo?.osImage,
    kernelVersion: status?.nodeInfo?.kernelVersion,
    ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  };
}

function podFacts(pod: PodObject, credspecs: readonly StoredCredspec[]) {
  return {
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    node: pod.spec.nodeName,
    serviceAccount: pod.spec.serviceAccountName,
    phase: pod.status?.phase,
    uses: gmsaUses(pod).map((use) => ({
      credspec: use.credspec,
      contents: contentsState(
        use,
        credspecs.find(({ metadata }) => metadata.name === use.credspec),
      ),
    })),
  };
}
