// SPDX-License-Identifier: Apache-2.0
// HTTP/2 by hand, frame by frame (RFC 9113), for clients that break its rules.
import { type TLSSocket, connect } from 'node:tls';

/** Types of frames, RFC 9113, section 6. */
export const FRAME = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  continuation: 9,
} as const;

/** Flags of frames, as far as they are needed. */
export const FLAG = { none: 0, endStream: 1, endHeaders: 4 } as const;

/** A frame with its head. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** The header block of a POST of JSON (RFC 7541: indexed names, literal values, nothing compressed). */
export function postBlock(path: string): Buffer {
  const literal = (name: readonly number[], value: string): Buffer =>
    Buffer.concat([Buffer.of(...name, value.length), Buffer.from(value)]);
  return Buffer.concat([
    Buffer.of(0x83, 0x87),
    literal([0x04], path),
    literal([0x01], '127.0.0.1'),
    literal([0x0f, 0x10], 'application/json'),
  ]);
}

/** What a client sends first, its settings included. */
export const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(FRAME.settings, FLAG.none, 0, Buffer.alloc(0)),
]);

/** A TLS connection on which HTTP/2 was agreed, and on which nothing was sent yet. */
export async function connectForFrames(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2'] });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}
