// SPDX-License-Identifier: Apache-2.0
// An API server that learns of changed webhook configurations late: it shakes hands with the replicas
// all the time, and trusts what the configurations said a while ago.
import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { splitBundle } from '../../src/pki/certificate.ts';
import { errorMessage } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { WebhookService } from '../support/webhook-service.ts';
import { shakeHands, trustedByConfigurations } from './webhook-handshake.ts';

/** See {@link startLateApiServer}. */
export interface LateApiServer {
  /** Goes on with these replicas, each by its port. */
  call(ports: readonly number[]): void;
  /** The fingerprints of the certificates that one served, in the order in which they were seen. */
  leaves(port: number): readonly string[];
  /** The newest certificate of the bundles, in the order in which they were seen. */
  authorities(): readonly string[];
  /** The most certificates that any bundle held. */
  longestBundle(): number;
  handshakes(): number;
  /** Of handshakes with replicas that were still to be called when they failed. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

/** Between two rounds of handshakes. */
const PAUSE_MS = 100;

/** Starts with `ports`; what the configurations say it goes by `lateMs` later. They must be there. */
export function startLateApiServer(options: {
  readonly client: KubeClient;
  readonly service: WebhookService;
  readonly ports: readonly number[];
  readonly lateMs: number;
}): LateApiServer {
  const { client, service, lateMs } = options;
  let ports = options.ports;
  const leaves = new Map<number, Set<string>>();
  const authorities = new Set<string>();
  const failures: string[] = [];
  let longestBundle = 0;
  let handshakes = 0;
  /** What was read, oldest first. */
  let known: readonly { readonly atMs: number; readonly bundles: readonly string[] }[] = [];
  let isStopping = false;

  /** What the configurations said `lateMs` ago; nothing until so long has passed. */
  async function bundles(): Promise<readonly string[]> {
    const now = { atMs: performance.now(), bundles: await trustedByConfigurations(client) };
    const old = now.atMs - lateMs;
    known = [
      ...known.slice(
        Math.max(
          0,
          known.findLastIndex(({ atMs }) => atMs <= old),
        ),
      ),
      now,
    ];
    for (const certificates of now.bundles.map(splitBundle)) {
      longestBundle = Math.max(longestBundle, certificates.length);
      const [newest] = certificates;
      if (newest !== undefined) authorities.add(newest.fingerprint);
    }
    const [first] = known;
    return first !== undefined && first.atMs <= old ? [...new Set(first.bundles)] : [];
  }

  async function call(port: number, ca: string): Promise<void> {
    try {
      const leaf = await shakeHands({ service, port, ca });
      handshakes++;
      leaves.set(port, (leaves.get(port) ?? new Set()).add(leaf));
    } catch (error) {
      if (ports.includes(port))
        failures.push(`${port}: ${errorMessage(error)}; it trusts ${told(ca)}`);
    }
  }

  async function goOn(): Promise<void> {
    while (!isStopping) {
      const trusted = await bundles();
      await Promise.all(ports.flatMap((port) => trusted.map((ca) => call(port, ca))));
      await delay(PAUSE_MS);
    }
  }

  const running = goOn();
  return {
    call: (next) => {
      ports = next;
    },
    leaves: (port) => [...(leaves.get(port) ?? [])],
    authorities: () => [...authorities],
    longestBundle: () => longestBundle,
    handshakes: () => handshakes,
    failures: () => failures,
    async stop() {
      isStopping = true;
      await running;
    },
  };
}

/** Each certificate of a bundle by its name and end. */
function told(ca: string): string {
  return splitBundle(ca)
    .map(({ pem }) => new X509Certificate(pem))
    .map(({ subject, validTo }) => `${subject} (until ${validTo})`)
    .join(', ');
}
