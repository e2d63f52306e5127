// SPDX-License-Identifier: Apache-2.0
// The open connections, so that they can be counted, drained and closed. Where there are too many, the one
// goes that has been idle longest: who opens connections and leaves them lying cannot keep API servers out.
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A connection as requests know it. */
export interface Connection {
  /** Requests without an answer yet. */
  readonly underWay: () => number;
  requestStarted(): void;
  requestEnded(): void;
  /** An HTTP/2 client is told to use another connection from now on; streams that it opened are served. */
  goAway(): void;
}

/** The open connections of one server. */
export interface Connections {
  /** A connection was accepted; nothing of TLS has happened on it. */
  accepted(socket: Socket): void;
  /** The TLS handshake on one of them is over. */
  secured(socket: TLSSocket): void;
  /** One of them speaks HTTP/2. */
  sessionOpened(session: ServerHttp2Session): void;
  /** The one that a request came on; undefined where it is closed already. */
  of(request: IncomingMessage | Http2ServerRequest): Connection | undefined;
  /** `Connection.goAway` for all there are. */
  goAway(): void;
  /** Ends those on which nothing is under way. */
  closeIdle(): void;
  /** Ends them all, whatever is under way. */
  destroyAll(): void;
}

/** The highest stream identifier: all streams that were opened before the client knew are still served. */
const ALL_STREAMS = 2 ** 31 - 1;

interface Entry extends Connection {
  readonly socket: Socket;
  idleSinceMs: number;
  session: ServerHttp2Session | undefined;
}

/** Holds `maxConnections` of them; time in milliseconds of a monotonic clock. */
export function createConnections(
  maxConnections: number,
  monotonicMs: () => number = () => performance.now(),
): Connections {
  // Node shows the same connection as three objects, of which none names the others: by its addresses.
  const byAddresses = new Map<string, Entry>();
  const bySocket = new WeakMap<object, Entry>();

  const makeRoom = (): boolean => {
    if (byAddresses.size < maxConnections) return true;
    let idlest: Entry | undefined;
    for (const entry of byAddresses.values()) {
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
      byAddresses.set(addresses, entry);
      socket.once('close', () => {
        // The client may have opened another one from the same port by now.
        if (byAddresses.get(addresses) === entry) byAddresses.delete(addresses);
      });
    },
    secured: (socket) => {
      const entry = byAddresses.get(addressesOf(socket) ?? '');
      // Without: the client is gone, and the socket will notice.
      if (entry !== undefined) bySocket.set(socket, entry);
    },
    sessionOpened: (session) => {
      const entry = byAddresses.get(addressesOf(session.socket) ?? '');
      if (entry === undefined) return;
      entry.session = session;
      bySocket.set(session, entry);
    },
    of: (request) => {
      const key = 'stream' in request ? request.stream.session : request.socket;
      return key === undefined ? undefined : bySocket.get(key);
    },
    goAway: () => {
      for (const entry of byAddresses.values()) entry.goAway();
    },
    closeIdle: () => {
      for (const { socket, session, underWay } of [...byAddresses.values()]) {
        if (underWay() > 0) continue;
        // Which tells the client up to where it was listened to.
        if (session !== undefined) session.close();
        else socket.destroy();
      }
    },
    destroyAll: () => {
      for (const { socket } of [...byAddresses.values()]) socket.destroy();
    },
  };
}

function addressesOf(socket: Socket | TLSSocket): string | undefined {
  const { remoteAddress, remotePort, localAddress } = socket;
  // Without: the client has closed it again.
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${String(remotePort)} ${String(localAddress)}`;
}

function createEntry(socket: Socket, monotonicMs: () => number): Entry {
  let underWay = 0;
  let goneAway = false;
  const entry: Entry = {
    socket,
    session: undefined,
    idleSinceMs: monotonicMs(),
    underWay: () => underWay,
    requestStarted: () => {
      underWay += 1;
    },
    requestEnded: () => {
      underWay -= 1;
      if (underWay === 0) entry.idleSinceMs = monotonicMs();
    },
    goAway: () => {
      const { session } = entry;
      if (session === undefined || session.destroyed || goneAway) return;
      goneAway = true;
      session.goaway(0, ALL_STREAMS);
    },
  };
  return entry;
}
