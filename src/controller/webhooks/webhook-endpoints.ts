// SPDX-License-Identifier: Apache-2.0
// Where the API server would call the webhooks: at the URL that is registered, or at the endpoints of the
// Service, which are asked for themselves: a handshake with each tells more than one with any.
import type { KubeClient } from '../../kube/client/client.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import type { WebhookEndpoint } from './endpoint-probe.ts';
import type { WebhookTarget } from './webhook-configurations.ts';

/** The endpoints of a target that are ready. @throws what the client throws. */
export async function webhookEndpoints(
  client: KubeClient,
  target: WebhookTarget,
  signal: AbortSignal,
): Promise<readonly WebhookEndpoint[]> {
  if (target.type === 'url') return [endpointOfUrl(target.base)];
  const { namespace, name } = target;
  const { items } = await client.request<{ readonly items?: readonly EndpointSlice[] | null }>({
    method: 'GET',
    path: resourcePath(ENDPOINT_SLICES, { namespace }),
    query: { labelSelector: `kubernetes.io/service-name=${name}` },
    signal,
  });
  return (items ?? []).flatMap(({ endpoints, ports }) => {
    // The Service has one port, so each slice has, too.
    const port = ports?.[0]?.port;
    if (port === undefined) return [];
    return (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses, targetRef }) =>
        addresses.slice(0, 1).map((host) => ({
          host,
          port,
          serverName: `${name}.${namespace}.svc`,
          ...(targetRef?.kind === 'Pod' && targetRef.name !== undefined
            ? { pod: { namespace, name: targetRef.name } }
            : {}),
        })),
      );
  });
}

/** discovery.k8s.io/v1, as far as it matters here. */
interface EndpointSlice {
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        /** No condition means ready. */
        readonly conditions?: { readonly ready?: boolean };
        readonly targetRef?: { readonly kind?: string; readonly name?: string };
      }[]
    | null;
  readonly ports?: readonly { readonly port?: number }[] | null;
}

const ENDPOINT_SLICES = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};

/** The endpoint of a base URL; an IPv6 address without its brackets. */
export function endpointOfUrl(base: string): WebhookEndpoint {
  const { hostname, port } = new URL(base);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 443 : Number(port), serverName: host };
}
