// SPDX-License-Identifier: Apache-2.0
// The open connections, bounded in number for each client and for all. When there are too many, the server closes the
// one that serves least, so that a client that opens connections and leaves them idle, or sends bodies slowly, cannot
// keep API servers out.
import type { Socket } from 'node:net';

/** A connection as its requests know it. */
export interface Connection {
  /** Number of its requests without an answer yet. */
  readonly underWay: () => number;
  beginRequest(): OpenRequest;
}

/** A request that has no answer yet. */
export interface OpenRequest {
  /** The body has arrived, and the work on it begins: the server does not close the connection until it ends. */
  bodyReceived(): void;
  /** It is answered: with a decision on a review, or otherwise. */
  end(answer: 'review' | 'other'): void;
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
  /** Address of its client. */
  readonly client: string;
  /** Its key among the open connections. */
  readonly addresses: string;
  /** Whether the server may close it in favour of another connection. */
  readonly isExpendable: () => boolean;
  hasReviewed: boolean;
  /** Since when it has been idle, or a body has been arriving. */
  sinceMs: number;
}

/** Of all places, for one address: there can be several API servers behind it. */
const SHARE_OF_ONE_CLIENT = 1 / 2;

/** Of all places, for addresses from which no review has come. */
const SHARE_OF_STRANGERS = 3 / 4;

/** Addresses that are remembered as API servers; there are rarely more than five. */
const MAX_REVIEWERS = 64;

/** No connections yet, and at most `maxConnections` of them; `monotonicMs` returns milliseconds of a monotonic clock. */
export function createConnections(
  maxConnections: number,
  monotonicMs: () => number = () => performance.now(),
): Connections {
  // Node hands out a raw socket when it accepts a connection and a TLSSocket with each request, and nothing leads from
  // one to the other. Both know the connection's addresses.
  const open = new Map<string, Entry>();
  // Addresses from which reviews came, the latest last. They outlive their connections.
  const reviewers = new Set<string>();

  const addReviewer = (client: string): void => {
    reviewers.delete(client);
    reviewers.add(client);
    const [oldest] = reviewers;
    if (reviewers.size > MAX_REVIEWERS && oldest !== undefined) reviewers.delete(oldest);
  };

  /** False if there is no room for another connection of this client. */
  const makeRoom = (client: string): boolean => {
    const all = [...open.values()];
    const own = all.filter((entry) => entry.client === client);
    if (own.length >= maxConnections * SHARE_OF_ONE_CLIENT) return closeOne(own);
    const strangers = all.filter((entry) => !reviewers.has(entry.client));
    if (!reviewers.has(client) && strangers.length >= maxConnections * SHARE_OF_STRANGERS) {
      return closeOne(strangers);
    }
    return all.length < maxConnections || closeOne(all);
  };

  const closeOne = (candidates: readonly Entry[]): boolean => {
    const perClient = new Map<string, number>();
    for (const { client } of candidates) perClient.set(client, (perClient.get(client) ?? 0) + 1);
    let first: { readonly entry: Entry; readonly rank: Rank } | undefined;
    for (const entry of candidates) {
      if (!entry.isExpendable()) continue;
      const rank: Rank = [
        Number(reviewers.has(entry.client)),
        -(perClient.get(entry.client) ?? 0),
        Number(entry.hasReviewed),
        entry.sinceMs,
      ];
      if (first === undefined || isLower(rank, first.rank)) first = { entry, rank };
    }
    if (first === undefined) return false;
    // Its socket tells only later that it is closed.
    open.delete(first.entry.addresses);
    first.entry.socket.destroy();
    return true;
  };

  return {
    accepted: (socket) => {
      const { remoteAddress: client } = socket;
      const addresses = addressesOf(socket);
      if (client === undefined || addresses === undefined || !makeRoom(client)) {
        socket.destroy();
        return;
      }
      const entry = createEntry({ socket, client, addresses, addReviewer, monotonicMs });
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

/**
 * Which connection goes first, the most important part first: one of a client that is not known as an API server, of
 * the client with the most connections, that never brought a review, that has been idle or slow for longest.
 */
type Rank = readonly [number, number, number, number];

function isLower(a: Rank, b: Rank): boolean {
  const differing = a.findIndex((part, index) => part !== b[index]);
  return differing !== -1 && (a[differing] ?? 0) < (b[differing] ?? 0);
}

/** Undefined if the client has closed the connection already. */
function addressesOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${String(remotePort)} ${String(localAddress)}`;
}

function createEntry({
  socket,
  client,
  addresses,
  addReviewer,
  monotonicMs,
}: {
  readonly socket: Socket;
  readonly client: string;
  readonly addresses: string;
  readonly addReviewer: (client: string) => void;
  readonly monotonicMs: () => number;
}): Entry {
  let underWay = 0;
  let inWork = 0;
  const entry: Entry = {
    socket,
    client,
    addresses,
    hasReviewed: false,
    sinceMs: monotonicMs(),
    isExpendable: () => inWork === 0,
    underWay: () => underWay,
    beginRequest: () => {
      let isInWork = false;
      underWay += 1;
      entry.sinceMs = monotonicMs();
      return {
        bodyReceived: () => {
          isInWork = true;
          inWork += 1;
        },
        end: (answer) => {
          underWay -= 1;
          if (isInWork) inWork -= 1;
          entry.sinceMs = monotonicMs();
          if (answer === 'other') return;
          entry.hasReviewed = true;
          addReviewer(client);
        },
      };
    },
  };
  return entry;
}
