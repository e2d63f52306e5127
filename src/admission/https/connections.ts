// SPDX-License-Identifier: Apache-2.0
// The open connections, bounded in number. When there are too many, the server closes the one that has been idle
// longest, so that a client that opens connections and leaves them idle cannot keep API servers out.
import type { Socket } from 'node:net';

/** A connection as its requests know it. */
export interface Connection {
  /** Number of its requests without an answer yet. */
  readonly underWay: () => number;
  requestStarted(): void;
  requestEnded(): void;
}

/** The open connections of one server. */
export interface Connections {
  /** Adds a connection that the server accepted; its TLS handshake is yet to begin. */
  accepted(socket: Socket): void;
  /** The connection of this socket, raw or TLS; undefined if it is closed already. */
  of(socket: Socket): Connection | undefined;
  /** Closes the connections without a request under way, also those that are still in their handshake. */
  closeIdle(): void;
}

interface Entry extends Connection {
  readonly socket: Socket;
  idleSinceMs: number;
}

/** Connections, at most `maxConnections` of them; `monotonicMs` returns milliseconds of a monotonic clock. */
export function createConnections(
  maxConnections: number,
  monotonicMs: () => number = () => performance.now(),
): Connections {
  // Node hands out a raw socket when it accepts a connection and a TLSSocket with each request, and nothing leads from
  // one to the other. Both know the connection's addresses.
  const open = new Map<string, Entry>();

  const makeRoom = (): boolean => {
    if (open.size < maxConnections) return true;
    let idlest: Entry | undefined;
    for (const entry of open.values()) {
      const isIdler = idlest === undefined || entry.idleSinceMs < idlest.idleSinceMs;
      if (entry.underWay() === 0 && isIdler) idlest = entry;
    }
    idlest?.socket.destroy();
    return idlest !== undefined;
  };

  return {
    accepted: (socket) => {
      const addresses = addressesOf(socket);
      if (addresses === undefined || !makeRoom()) {
        socket.destroy();
        return;
      }
      const entry = createEntry(socket, monotonicMs);
      open.set(addresses, entry);
      socket.once('close', () => {
        // The client can have opened another connection from the same port by now.
        if (open.get(addresses) === entry) open.delete(addresses);
      });
    },
    of: (socket) => open.get(addressesOf(socket) ?? ''),
    closeIdle: () => {
      for (const { socket, underWay } of open.values()) if (underWay() === 0) socket.destroy();
    },
  };
}

/** Undefined if the client has closed the connection already. */
function addressesOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${String(remotePort)} ${String(localAddress)}`;
}

function createEntry(socket: Socket, monotonicMs: () => number): Entry {
  let underWay = 0;
  const entry: Entry = {
    socket,
    idleSinceMs: monotonicMs(),
    underWay: () => underWay,
    requestStarted: () => {
      underWay += 1;
    },
    requestEnded: () => {
      underWay -= 1;
      if (underWay === 0) entry.idleSinceMs = monotonicMs();
    },
  };
  return entry;
}
