// SPDX-License-Identifier: Apache-2.0
// Addresses to listen on as Go writes them: `:8080`, `127.0.0.1:8080`, `[::1]:8080`.
import { isIPv6 } from 'node:net';
import type { FlagWords } from './flag-kinds.ts';
import type { Flag } from './flag.ts';

/** Where a server listens. */
export interface BindAddress {
  /** Undefined: everywhere. */
  readonly host: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
}

/** A flag that says where a server listens, or that it does not. */
export function bindAddressFlag<W extends FlagWords>(flag: W): Flag<BindAddress | 'disabled'> & W {
  return {
    ...flag,
    value: 'address',
    allowed: '":port", "host:port", "[IPv6]:port", or "0" for none',
    parse: parseBindAddress,
  };
}

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** The address; `disabled` for `0`, which is how controller-runtime switches a server off. */
export function parseBindAddress(text: string): BindAddress | 'disabled' | undefined {
  if (text === '0') return 'disabled';
  const colon = text.lastIndexOf(':');
  const [host, port] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (colon < 0 || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) return undefined;
  if (host === '') return { host: undefined, port: Number(port) };
  if (host.startsWith('[') && host.endsWith(']')) {
    const address = host.slice(1, -1);
    return isIPv6(address) ? { host: address, port: Number(port) } : undefined;
  }
  return HOST_NAME.test(host) ? { host, port: Number(port) } : undefined;
}
