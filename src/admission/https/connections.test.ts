// SPDX-License-Identifier: Apache-2.0
// Which connection goes when there are too many. That sockets are closed over TLS is tested with the server.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createConnections } from './connections.ts';

/** A server with so many places; time passes with every connection and every request. */
function server(maxConnections: number) {
  let nowMs = 0;
  let port = 0;
  const connections = createConnections(maxConnections, () => (nowMs += 1));
  return {
    connect: (client: string) => {
      const events = new EventEmitter();
      let isOpen = true;
      const socket = Object.assign(events, {
        remoteAddress: client,
        remotePort: (port += 1),
        localAddress: '10.0.0.1',
        destroy: () => {
          isOpen = false;
          setImmediate(() => events.emit('close'));
        },
      }) as unknown as Socket;
      connections.accepted(socket);
      const request = () => {
        const open = connections.of(socket)?.beginRequest();
        if (open === undefined) throw new Error('the connection is closed');
        return open;
      };
      return {
        isOpen: () => isOpen,
        request,
        review: () => {
          const open = request();
          open.bodyReceived();
          open.end('review');
        },
      };
    },
  };
}

/** Which of these are open, as `+` and `-`. */
const state = (connections: readonly { readonly isOpen: () => boolean }[]): string =>
  connections.map((each) => (each.isOpen() ? '+' : '-')).join('');

describe('createConnections', () => {
  it('closes the oldest of the client that has most, and not the only one of another', () => {
    const { connect } = server(4);
    const apiServer = connect('10.0.0.2');
    const attacker = [connect('10.0.0.9'), connect('10.0.0.9')];
    const newcomer = connect('10.0.0.3');
    expect(state([apiServer, ...attacker, newcomer])).toBe('+-++');
  });

  it('closes the slowest body to take a new client', () => {
    const { connect } = server(4);
    const others = [connect('10.0.0.7'), connect('10.0.0.9'), connect('10.0.0.9')];
    for (const slow of others) slow.request();
    expect(state([...others, connect('10.0.0.2')])).toBe('+-++');
  });

  it('closes a slow body before an idle connection that has brought reviews, of one client too', () => {
    const { connect } = server(4);
    const idle = connect('10.0.0.2');
    idle.review();
    const slow = connect('10.0.0.2');
    slow.request();
    expect(state([idle, slow, connect('10.0.0.2')])).toBe('+-+');
  });

  it('closes those of strangers before those of a client that has brought a review', () => {
    const { connect } = server(4);
    const apiServer = [connect('10.0.0.2'), connect('10.0.0.2')];
    apiServer[0]?.review();
    const strangers = [connect('10.0.0.8'), connect('10.0.0.9')];
    const other = connect('10.0.0.7');
    expect(state([...apiServer, ...strangers, other])).toBe('++-++');
  });

  it('keeps places for clients that have brought a review, also when they had closed all', () => {
    const { connect } = server(4);
    connect('10.0.0.2').review();
    const strangers = ['10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.4'].map(connect);
    expect(state(strangers)).toBe('-+++');
    for (const stranger of strangers.slice(1)) stranger.request().bodyReceived();
    // All places of strangers are taken by work.
    expect(state([connect('10.0.1.5'), connect('10.0.0.2')])).toBe('-+');
  });

  it('bounds the connections of one client, at the cost of its own', () => {
    const { connect } = server(4);
    const other = connect('10.0.0.2');
    const greedy = [connect('10.0.0.9'), connect('10.0.0.9'), connect('10.0.0.9')];
    expect(state([other, ...greedy])).toBe('+-++');
  });

  it('never closes one whose request is in work, and refuses new ones if all are', () => {
    const { connect } = server(2);
    const busy = connect('10.0.0.9');
    const request = busy.request();
    request.bodyReceived();
    expect(state([busy, connect('10.0.0.9')])).toBe('+-');
    request.end('other');
    expect(state([busy, connect('10.0.0.9')])).toBe('-+');
  });
});
