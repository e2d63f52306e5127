// SPDX-License-Identifier: Apache-2.0
// The address of this machine under which the endpoints of a Service may be listed.
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** Interfaces as `node:os` lists them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * An address of this machine that an EndpointSlice accepts, IPv4 where there is one. Loopback and
 * link-local addresses are refused there (Kubernetes' ValidateEndpointIP).
 * @throws Error where the machine has none.
 */
export function nonLoopbackAddress(interfaces: Interfaces = networkInterfaces()): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !isLinkLocal(address));
  const found = usable.find(({ family }) => family === 'IPv4') ?? usable[0];
  if (found !== undefined) return found.address;
  const have = all.map(({ address }) => address).join(', ');
  throw new Error(
    `this machine has no address for the endpoints of a Service, only ${have === '' ? 'none at all' : have}: Kubernetes refuses loopback and link-local ones. Connect it to a network, or give it a dummy interface (Linux: ip link add dummy0 type dummy; ip address add 192.0.2.1/32 dev dummy0; ip link set dummy0 up)`,
  );
}

/** 169.254.0.0/16 and fe80::/10. */
function isLinkLocal(address: string): boolean {
  return /^169\.254\.|^fe[89ab][0-9a-f]:/i.test(address);
}
