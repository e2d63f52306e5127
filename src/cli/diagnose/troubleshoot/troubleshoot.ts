// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa troubleshoot`: reads, judges, looks into the container, and repairs where it may.
import { printAnswer } from '../../answer.ts';
import { usageError } from '../../cli-error.ts';
import type { Cluster } from '../../cluster.ts';
import type { Verdict } from '../../exit-code.ts';
import type { CommandInput } from '../../command.ts';
import { CONTAINER_KINDS } from '../pod.ts';
import { adviceFor, withFittingRemedies } from './advice.ts';
import {
  type Diagnosis,
  diagnosisData,
  diagnosisText,
  verdictOf,
  type Repair,
} from './diagnosis.ts';
import { type PodFacts, readCredspec, readPodFacts, readSurroundings } from './facts.ts';
import type { LinkFinding, ProbeSubject } from './link.ts';
import { judgeAdmission } from './links/admission.ts';
import { identityOf, judgeContents, judgeCredspec } from './links/contents.ts';
import { KERBEROS_PROBE } from './links/kerberos.ts';
import { judgeReset, resetCommand, SECURE_CHANNEL_PROBE } from './links/secure-channel.ts';
import { judgeStart } from './links/start.ts';
import { type Subject, subjectOf } from './subject.ts';
import { parseTarget } from './target.ts';
import type { TROUBLESHOOT_FLAGS } from './command.ts';
import { lookInside, probeFinding, type RunInContainer, runOne, upToBroken } from './walk.ts';

/** Runs the command. */
export async function run({
  args: [written = ''],
  flags,
  io,
  withCluster,
}: CommandInput<typeof TROUBLESHOOT_FLAGS>): Promise<Verdict> {
  const target = parseTarget(written);
  const diagnosis = await withCluster(flags, async (cluster) => {
    const facts = await readPodFacts(cluster.client, cluster.namespace, target);
    return diagnose(cluster, facts, flags);
  });
  await printAnswer(io, flags.output, {
    data: diagnosisData(diagnosis),
    text: (style) => diagnosisText(diagnosis, style),
  });
  return verdictOf(diagnosis);
}

type Wishes = Pick<
  CommandInput<typeof TROUBLESHOOT_FLAGS>['flags'],
  'container' | 'repair' | 'timeout'
>;

async function diagnose(cluster: Cluster, facts: PodFacts, wishes: Wishes): Promise<Diagnosis> {
  const { client, namespace } = cluster;
  const { workload, supply, pod, replicas } = facts;
  const admission: LinkFinding = { link: 'admission', ...judgeAdmission(supply) };
  if (pod === undefined || admission.outcome === 'broken') {
    const nobody = { pod: undefined, container: undefined, node: undefined, credspec: undefined };
    const about = { namespace, workload, ...nobody };
    return { ...about, findings: [admission], advice: [], repair: undefined, values: about };
  }

  const { events, node } = await readSurroundings(client, pod);
  const subject = subjectOf(pod, { container: wishes.container, nodeOs: node.os });
  if (wishes.repair) assertMayRepair(subject);
  const { use, placed, container, options } = subject;
  const credspec = await readCredspec(client, use.credspec);
  const identity = identityOf(use);
  const outside = upToBroken([
    admission,
    { link: 'credspec', ...judgeCredspec(subject) },
    { link: 'contents', ...judgeContents(use, credspec) },
    { link: 'start', ...judgeStart(pod, placed, events, identity) },
  ]);
  const about = {
    namespace,
    workload,
    pod: pod.metadata.name,
    container,
    containerKind: CONTAINER_KINDS[placed.list],
    node: pod.spec.nodeName,
    credspec: use.credspec,
  };
  const probed = { domain: identity.domain ?? '', account: identity.account ?? '' };
  const exec = runIn(cluster, subject, wishes.timeout);
  const inside =
    outside.at(-1)?.outcome === 'holds'
      ? await lookInside(exec, probed, options.runAsUserName)
      : [];
  const findings = withFittingRemedies([...outside, ...inside], subject);
  return {
    ...about,
    findings,
    advice: adviceFor(subject, { replicas, node, findings }),
    repair: wishes.repair ? await repair(exec, probed, findings) : undefined,
    values: {
      ...about,
      account: identity.account,
      domain: identity.domain,
      'service-account': pod.spec.serviceAccountName ?? 'default',
    },
  };
}

/** @throws CliError: it would be the netlogon of the node, and all that logs on there. */
function assertMayRepair({ pod, container, options }: Subject): void {
  if (options.hostProcess !== true) return;
  throw usageError(
    `container ${container} of pod ${pod.metadata.name} is a HostProcess container: --repair would reset the secure channel of its node`,
    'leave --repair out',
  );
}

function runIn(
  { kubeConfig }: Cluster,
  { pod: { metadata }, container }: Subject,
  timeoutMs: number,
): RunInContainer {
  return async (command) => {
    // Only here, for it brings a WebSocket client along.
    const { execInPod } = await import('../../../kube/pods/exec.ts');
    const { namespace, name: pod } = metadata;
    return execInPod(kubeConfig, { namespace, pod, container, command, timeoutMs });
  };
}

async function repair(
  run: RunInContainer,
  subject: ProbeSubject,
  findings: readonly LinkFinding[],
): Promise<Repair> {
  const broken = findings.find(({ outcome }) => outcome === 'broken');
  if (broken === undefined) return { type: 'not-tried', why: 'no link is known to be broken' };
  if (broken.link !== 'secure-channel') {
    return { type: 'not-tried', why: `what is broken is ${broken.link}` };
  }
  const outcome = await runOne(run, resetCommand(subject.domain));
  const verdict = 'verdict' in outcome ? outcome.verdict : judgeReset(outcome.output);
  const after: LinkFinding[] = [await probeFinding(run, SECURE_CHANNEL_PROBE, subject)];
  if (after[0]?.outcome !== 'broken') after.push(await probeFinding(run, KERBEROS_PROBE, subject));
  return { type: 'tried', detail: verdict.detail, after };
}
