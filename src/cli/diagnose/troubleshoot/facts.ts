// SPDX-License-Identifier: Apache-2.0
// What the cluster knows of a pod and of what makes it; read, and not judged.
import { isDns1123Subdomain } from '../../../api/kubernetes-names.ts';
import { quoted } from '../../../api/printable.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import { CliError } from '../../cli-error.ts';
import { CREDSPECS } from '../../credspecs.ts';
import { fillIn } from '../../fill-in.ts';
import type { PodObject } from '../pod.ts';
import { listAll, mapRead, readObject, type Reading, reading, selectorText } from '../reading.ts';
import { type EventObject, failedCreateOf, type Refusal } from '../refusal.ts';
import { DEPLOYMENTS, EVENTS, NODES, PODS, REPLICA_SETS } from '../resources.ts';
import type { NodeFacts } from './advice.ts';
import type { PodSupply } from './links/admission.ts';
import type { Target } from './target.ts';
import {
  choosePod,
  failureInStatus,
  isOwnedBy,
  missingPods,
  newest,
  whyNoPods,
  type WorkloadObject,
} from './workload.ts';

/** What was found. */
export interface PodFacts {
  /** `deployment/webapp1`, where a workload was asked for. */
  readonly workload: string | undefined;
  readonly supply: PodSupply;
  readonly pod: PodObject | undefined;
  /** All pods of the workload, the chosen one too. */
  readonly replicas: readonly PodObject[];
}

/** What is known of the surroundings of a pod. */
export interface PodSurroundings {
  readonly events: Reading<readonly EventObject[]>;
  readonly node: NodeFacts;
}

/** The pod, or those of the workload. @throws CliError where there is none of that name; ApiError. */
export async function readPodFacts(
  client: KubeClient,
  namespace: string,
  { resource, name }: Target,
): Promise<PodFacts> {
  const found = await readObject<PodObject | WorkloadObject>(client, resource, { namespace, name });
  const kind = resource.kind.toLowerCase();
  switch (found.type) {
    case 'absent':
      throw new CliError(`there is no ${kind} ${quoted(name)} in namespace ${quoted(namespace)}`, {
        hint:
          resource === PODS
            ? 'a pod that is refused is not there: name what makes it, as in kubectl gmsa troubleshoot deployment/NAME'
            : fillIn(
                'kubectl get <resource> --namespace <namespace>; --namespace chooses another',
                { resource: resource.plural, namespace },
              ),
      });
    case 'unreadable':
      throw new CliError(`you may not read ${resource.plural} in namespace ${quoted(namespace)}`, {
        hint: fillIn('ask for it: kubectl auth can-i get <resource> --namespace <namespace>', {
          resource: resource.plural,
          namespace,
        }),
      });
    case 'read':
  }
  if (resource === PODS) {
    const pod = found.value as PodObject;
    return {
      workload: undefined,
      supply: { missing: 0, present: 1, failures: { type: 'read', value: [] } },
      pod,
      replicas: [pod],
    };
  }
  const workload = { ...(found.value as WorkloadObject), kind: resource.kind };
  return { workload: `${kind}/${name}`, ...(await readPods(client, namespace, workload)) };
}

async function readPods(
  client: KubeClient,
  namespace: string,
  workload: WorkloadObject,
): Promise<Omit<PodFacts, 'workload'>> {
  const labelSelector = selectorText(workload.spec?.selector ?? {});
  const selected = await listAll<PodObject>(client, PODS, { namespace, labelSelector });
  const makers =
    workload.kind === DEPLOYMENTS.kind
      ? (await listAll<WorkloadObject>(client, REPLICA_SETS, { namespace, labelSelector })).filter(
          (set) => isOwnedBy(set, workload.metadata.uid),
        )
      : [workload];
  const maker = newest(makers);
  const pods = selected.filter((pod) =>
    makers.some(({ metadata }) => isOwnedBy(pod, metadata.uid)),
  );
  const current = pods.filter((pod) => maker !== undefined && isOwnedBy(pod, maker.metadata.uid));
  return {
    supply: {
      missing: missingPods(workload, current),
      present: current.length,
      wantsNone: whyNoPods(workload),
      failures: await readFailures(client, namespace, maker),
    },
    pod: choosePod(current),
    replicas: pods,
  };
}

/** Pods that it could not make, the latest last; by its status alone where Events may not be listed. */
async function readFailures(
  client: KubeClient,
  namespace: string,
  maker: WorkloadObject | undefined,
): Promise<Reading<readonly Refusal[]>> {
  const fieldSelector = 'reason=FailedCreate';
  const events = await reading(listAll<EventObject>(client, EVENTS, { namespace, fieldSelector }));
  const inStatus = maker && failureInStatus(maker);
  const told = inStatus && failedCreateOf(inStatus);
  if (events.type !== 'read' && told !== undefined) return { type: 'read', value: [told] };
  return mapRead(events, (all) =>
    all
      .filter(({ involvedObject: { uid } }) => uid !== undefined && uid === maker?.metadata.uid)
      .flatMap((event) => failedCreateOf(event) ?? [])
      .toSorted((a, b) => (a.lastSeen < b.lastSeen ? -1 : 1)),
  );
}

/** Events about the pod, and what its node says of itself, as far as they may be read. */
export async function readSurroundings(
  client: KubeClient,
  { metadata: { namespace, name, uid = '' }, spec: { nodeName } }: PodObject,
): Promise<PodSurroundings> {
  const [events, node] = await Promise.all([
    reading(
      listAll<EventObject>(client, EVENTS, {
        namespace,
        fieldSelector: `involvedObject.name=${name},involvedObject.uid=${uid}`,
      }),
    ),
    nodeName === undefined ? undefined : readObject<NodeObject>(client, NODES, { name: nodeName }),
  ]);
  return {
    events,
    node: nodeFacts(node?.type === 'read' ? node.value : undefined),
  };
}

/** The prefix that AKS keeps to itself for labels of its nodes. */
const AKS_LABELS = 'kubernetes.azure.com/';

function nodeFacts(node: NodeObject | undefined): NodeFacts {
  const labels = node?.metadata.labels;
  return {
    os: labels?.['kubernetes.io/os'],
    runtime: node?.status?.nodeInfo?.containerRuntimeVersion,
    isOfAks: labels && Object.keys(labels).some((label) => label.startsWith(AKS_LABELS)),
  };
}

/** The credspec of that name. Names come from pods, and may be none that can exist. */
export function readCredspec(
  client: KubeClient,
  name: string | undefined,
): Promise<Reading<{ readonly credspec?: unknown }>> {
  if (name === undefined || !isDns1123Subdomain(name)) return Promise.resolve({ type: 'absent' });
  return readObject(client, CREDSPECS, { name });
}

interface NodeObject {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: { readonly nodeInfo?: { readonly containerRuntimeVersion?: string } };
}
