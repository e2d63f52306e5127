// SPDX-License-Identifier: Apache-2.0
// A program of its own that makes the same requests over and over on connections that stay open, and prints
// how many were answered. It writes the same bytes and looks for the same words in each answer, so that it is
// not what is measured.
import { connect, type TLSSocket } from 'node:tls';
import { readSetup } from './bench-process.ts';
import type { CapturedRequest } from './captured-reviews.ts';
import { summarize } from './statistics.ts';
import type {
  StraightArm,
  StraightLoad,
  StraightLoadSetup,
  WebhookAddress,
} from './straight-load.ts';
import { loadsInTurns, timedLoad } from './timed-load.ts';

const TURN_SECONDS = 0.1;

const ALLOWED = Buffer.from('"allowed":true');
const END_OF_HEAD = Buffer.from('\r\n\r\n');

interface Arm {
  readonly bytes: Buffer;
  readonly idle: TLSSocket[];
}

const setup = await readSetup<StraightLoadSetup>();
const { connections, warmUpSeconds, seconds } = setup;

const arms: Arm[] = [];
for (const arm of setup.arms) {
  // One after the other: servers close connections on which nothing comes.
  const opened = await openArm(arm);
  await timedLoad({
    concurrency: connections,
    seconds: warmUpSeconds,
    work: () => exchange(opened),
  });
  arms.push(opened);
}
const loads = await loadsInTurns({
  works: arms.map((arm) => () => exchange(arm)),
  concurrency: connections,
  seconds,
  turnSeconds: TURN_SECONDS,
});
const figures = loads.map(({ latenciesMs, ...load }): StraightLoad => {
  return { ...load, latency: summarize(latenciesMs) };
});
process.stdout.write(`${JSON.stringify(figures)}\n`);
for (const socket of arms.flatMap(({ idle }) => idle)) socket.destroy();

async function openArm({ target, request }: StraightArm): Promise<Arm> {
  return {
    bytes: bytesOf(target, request),
    idle: await Promise.all(Array.from({ length: connections }, () => open(target))),
  };
}

function bytesOf({ servername }: WebhookAddress, { path, headers, body }: CapturedRequest): Buffer {
  return Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      `host: ${servername}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function open({ host, port, servername, ca }: WebhookAddress): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername, ca, ALPNProtocols: ['http/1.1'] }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.setNoDelay(true);
  });
}

/** One request and its answer. */
async function exchange({ bytes, idle }: Arm): Promise<void> {
  const socket = idle.pop();
  if (socket === undefined) throw new Error('there are fewer connections than requests');
  await new Promise<void>((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const settle = (error?: Error): void => {
      socket.off('data', take);
      socket.off('close', closed);
      socket.off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => {
      settle(new Error('the server closed the connection'));
    };
    const take = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = lengthOf(received);
      if (length === undefined || received.length < length) return;
      const fine = received.subarray(0, 12).toString() === 'HTTP/1.1 200';
      settle(fine && received.includes(ALLOWED) ? undefined : new Error(received.toString()));
    };
    socket.on('data', take);
    socket.on('close', closed);
    socket.on('error', settle);
    socket.write(bytes);
  });
  idle.push(socket);
}

/** Bytes of the whole answer, once its head is there. */
function lengthOf(received: Buffer): number | undefined {
  const end = received.indexOf(END_OF_HEAD);
  if (end === -1) return undefined;
  const head = received.subarray(0, end).toString('latin1');
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without its length: ${head}`);
  return end + END_OF_HEAD.length + Number(length);
}
