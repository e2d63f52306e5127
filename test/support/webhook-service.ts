// SPDX-License-Identifier: Apache-2.0
// A Service whose endpoints are processes on this machine, so that an API server on this machine
// calls webhooks as it does in a cluster: by a Service, and whichever replica is ready.
import { isIPv6 } from 'node:net';
import { type KubeClient, serverSideApply } from '../../src/kube/client/client.ts';
import { classifyError } from '../../src/kube/client/api-error.ts';
import { nonLoopbackAddress } from './non-loopback-address.ts';

/** A replica as an endpoint of the Service. */
export interface ReplicaEndpoint {
  /** On the Service's `address`. */
  readonly port: number;
  /** Whether it passes its readiness probe; else it is not called. */
  readonly ready: boolean;
  /** Whether its pod is being deleted: then it is not called either. Default false. */
  readonly terminating?: boolean;
}

/** See {@link createWebhookService}. */
export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  /** What replicas listen on: an address of this machine that is not loopback. */
  readonly address: string;
  /**
   * Makes these the Service's endpoints; resolves when the API server has stored them, a moment
   * before it goes by them. Calls take effect in order. What did not change is not written.
   */
  setReplicas(replicas: readonly ReplicaEndpoint[]): Promise<void>;
}

/** An object of `discovery.k8s.io/v1`, as far as it is written here. */
export interface EndpointSlice {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: 'TCP';
  }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: {
      readonly ready: boolean;
      readonly serving: boolean;
      readonly terminating: boolean;
    };
  }[];
}

/** Which Service, and the address of its endpoints. */
export interface ServiceIdentity {
  readonly namespace?: string;
  readonly name?: string;
  readonly address?: string;
}

const USUAL = { namespace: 'gmsa-operator-system', name: 'gmsa-operator-webhook' };

const FIELD_MANAGER = 'gmsa-operator-test';

/** By this name the API server finds, for the Service's port, the port in an EndpointSlice. */
const PORT_NAME = 'https';

/**
 * Creates the Service, without a selector, so that nobody but us lists its endpoints. The namespace
 * must be there.
 *
 * kube-apiserver must run with `--enable-aggregator-routing`, as those started here do. It then takes
 * a random EndpointSlice of the Service and in it a random endpoint that is ready; when there is none,
 * the next slice (`RandomEndpoint` in k8s.io/apiserver/pkg/util/proxy). All endpoints of a slice have
 * its ports, and a port's name is there only once: replicas on one address need a slice each. How
 * often it chooses, see webhook-routing.ts. Before 1.34, Kubernetes looked at Endpoints instead.
 */
export async function createWebhookService(
  client: KubeClient,
  identity: ServiceIdentity = {},
): Promise<WebhookService> {
  const { namespace, name } = { ...USUAL, ...identity };
  await serverSideApply(client, `/api/v1/namespaces/${namespace}/services/${name}`, FIELD_MANAGER, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { ports: [{ name: PORT_NAME, port: 443, protocol: 'TCP', targetPort: 9443 }] },
  });
  return existingWebhookService(client, { ...identity, namespace, name });
}

/**
 * A Service that is there already, with one port called `https`. It may have a selector: then no pod that it
 * selects may be ready, for the API server would call that, too.
 */
export function existingWebhookService(
  client: KubeClient,
  identity: ServiceIdentity = {},
): WebhookService {
  const { namespace, name, address = nonLoopbackAddress() } = { ...USUAL, ...identity };
  const written = new Map<string, string>();
  let turn: Promise<unknown> = Promise.resolve();

  async function write(wanted: readonly EndpointSlice[]): Promise<void> {
    for (const slice of wanted) {
      const text = JSON.stringify(slice);
      if (written.get(slice.metadata.name) === text) continue;
      await serverSideApply(client, slicePath(slice.metadata), FIELD_MANAGER, slice);
      written.set(slice.metadata.name, text);
    }
    // Last, so that at no time there are fewer endpoints than before and after.
    const names = new Set(wanted.map(({ metadata }) => metadata.name));
    for (const old of [...written.keys()].filter((each) => !names.has(each))) {
      await remove(client, slicePath({ namespace, name: old }));
      written.delete(old);
    }
  }

  return {
    namespace,
    name,
    address,
    setReplicas(replicas) {
      const wanted = replicas.map((replica) =>
        endpointSliceOf({ namespace, name, address }, replica),
      );
      const done = turn.then(() => write(wanted));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

/** The slice that lists one replica. */
export function endpointSliceOf(
  service: Pick<WebhookService, 'address' | 'name' | 'namespace'>,
  { port, ready, terminating = false }: ReplicaEndpoint,
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.name}-${port}`,
      namespace: service.namespace,
      labels: {
        'kubernetes.io/service-name': service.name,
        // Whoever else manages slices leaves those of another manager alone.
        'endpointslice.kubernetes.io/managed-by': FIELD_MANAGER,
      },
    },
    addressType: isIPv6(service.address) ? 'IPv6' : 'IPv4',
    ports: [{ name: PORT_NAME, port, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [service.address],
        // As the EndpointSlice controller has them: `serving` is readiness whether it ends or not.
        conditions: { ready: ready && !terminating, serving: ready, terminating },
      },
    ],
  };
}

function slicePath({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}`;
}

async function remove(client: KubeClient, path: string): Promise<void> {
  try {
    await client.request({ method: 'DELETE', path });
  } catch (error) {
    if (classifyError(error) !== 'not-found') throw error;
  }
}
