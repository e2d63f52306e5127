// SPDX-License-Identifier: Apache-2.0
// What to know beyond the chain: it may hold, and something does not work all the same. Pure.
import { isRandomHostname } from '../../../admission/pods/random-hostname.ts';
import type { PodObject } from '../pod.ts';
import type { LinkFinding } from './link.ts';
import type { RemedyName } from './remedies.ts';
import { hasNamesake, isOfWholePod, type Subject } from './subject.ts';

/** What is known of a node; all of it is undefined where it may not be read. */
export interface NodeFacts {
  /** `kubernetes.io/os`. */
  readonly os: string | undefined;
  /** `containerd://1.7.20`. */
  readonly runtime: string | undefined;
  readonly isOfAks: boolean | undefined;
}

/** The advice for a pod after a walk along the chain. */
export function adviceFor(
  subject: Subject,
  {
    replicas,
    node,
    findings,
  }: {
    readonly replicas: readonly PodObject[];
    readonly node: NodeFacts;
    readonly findings: readonly LinkFinding[];
  },
): readonly RemedyName[] {
  const broken = findings.find(({ outcome }) => outcome === 'broken');
  const inChannel = broken?.link === 'secure-channel' || broken?.link === 'kerberos';
  const wasLookedInto = findings.some(({ link }) => link === 'dns');
  return [
    // Who gets that far has a network, and may yet not open a share by its name.
    ...(broken === undefined && wasLookedInto && mayLackShareNames(subject, node)
      ? (['smb-by-name'] as const)
      : []),
    ...((broken === undefined || inChannel) && hasNamesake(subject, replicas)
      ? ([hostnameRemedy(subject) ?? 'hostnames-alike'] as const)
      : []),
  ];
}

/**
 * Whether the node may lack the registry value for host names of shares. It is for containers that containerd
 * makes with a network of their own (kubernetes-sigs/windows-gmsa 30, microsoft/hcsshim 882): not for
 * Docker, nor for HostProcess containers, which have the network of the node. AKS sets it on its nodes.
 */
function mayLackShareNames({ options }: Subject, { runtime, isOfAks }: NodeFacts): boolean {
  return (
    options.hostProcess !== true && isOfAks !== true && runtime?.startsWith('docker:') !== true
  );
}

/** What helps against host names that are alike where the annotation cannot; undefined where it can. */
function hostnameRemedy({ pod: { metadata, spec } }: Subject): RemedyName | undefined {
  if (spec.hostname === undefined || isRandomHostname(spec.hostname)) return undefined;
  const isOfController = metadata.ownerReferences?.some(
    ({ kind }) =>
      kind === 'StatefulSet' ||
      (kind === 'Job' && metadata.annotations?.[COMPLETION_INDEX] !== undefined),
  );
  return isOfController === true ? 'hostnames-of-controller' : 'hostname-of-template';
}

/** Only the pods of an Indexed Job have it. */
const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** Findings with remedies that fit this pod. */
export function withFittingRemedies(
  findings: readonly LinkFinding[],
  subject: Subject,
): readonly LinkFinding[] {
  return findings.map((finding) => {
    const remedy = fittingRemedy(finding.remedy, subject);
    return remedy === undefined ? finding : { ...finding, remedy };
  });
}

function fittingRemedy(remedy: RemedyName | undefined, subject: Subject): RemedyName | undefined {
  // What kubectl debug adds has what the pod as a whole says, and nothing of what another container says.
  if (remedy === 'no-such-program' && !isOfWholePod(subject)) return 'no-such-program-here';
  return remedy === 'trust-lost' ? (hostnameRemedy(subject) ?? remedy) : remedy;
}
