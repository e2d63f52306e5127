// SPDX-License-Identifier: Apache-2.0
// A small world in which certificates rotate: what the API server holds, a leader that writes there one
// thing after the other and may die after each, replicas that serve, and a clock. Certificates and
// decisions are the real ones.
import { type Certificate, joinBundle, splitBundle } from '../certificate.ts';
import {
  type CertificateSecret,
  certificateSecretData,
  readCertificateSecret,
  type SecretData,
} from '../certificate-secret.ts';
import { chooseServing } from '../choose-serving.ts';
import { issueCertificateAuthority, issueServingCertificate } from '../issue.ts';
import type { CheckedKeyPair, KeyPair } from '../key-pair.ts';
import { type LiveTrust, observeTrust, propagationDelay } from '../live-trust.ts';
import { planCertificates } from '../rotation-plan.ts';
import { leadsTo } from '../signed-by.ts';
import { at, SECOND } from './certificates.ts';

const CA_VALIDITY_MS = 30 * SECOND;
const CERTIFICATE_VALIDITY_MS = 20 * SECOND;
const DELAY_MS = propagationDelay(CERTIFICATE_VALIDITY_MS);

/** How much later than the replicas an API server may learn of a configuration. */
const API_SERVER_LAG_MS = DELAY_MS / 2;

const names = { dnsNames: ['webhook.ns.svc'], ipAddresses: [] };

/** What the API server holds. Configurations are their bundles. */
export interface Stored {
  authority: SecretData | undefined;
  serving: SecretData | undefined;
  mutating: string | undefined;
  validating: string | undefined;
}

/** The world, which is turned by calls. */
export interface RotationModel {
  readonly stored: Stored;
  /** Milliseconds since the start. */
  readonly nowMs: () => number;
  /** Fingerprints of all CAs that the bundle has held. */
  readonly authoritiesSeen: () => number;
  /** What each replica serves; undefined for one that serves nothing (yet). The first one leads. */
  readonly served: () => readonly (CheckedKeyPair | undefined)[];
  /** Goes on until that time; `afterWrite` is called after each write of the leader. */
  run(untilMs: number, afterWrite?: (write: number) => Disturbance): Promise<void>;
  /** A replica dies and starts again. */
  restartReplica(index: number): void;
  /** The leader dies; the next one begins to lead after so many milliseconds. */
  killLeader(downMs: number): void;
  /** Changes what is stored from outside; the replicas see it at once, and the leader when it is up. */
  damage(change: (stored: Stored) => void): void;
}

/** What happens after a write. */
export interface Disturbance {
  readonly leaderDownMs?: number;
  readonly restart?: number;
}

/** Certificates by what they are made of: the same moments come again in every run. */
export type IssuingCache = Map<string, Promise<KeyPair>>;

interface Replica {
  served: CheckedKeyPair | undefined;
  trust: LiveTrust | undefined;
  againAtMs: number;
}

/**
 * A new world. After every change each replica that serves is held against each API server, which may
 * know the configurations as they were up to a second ago.
 * @throws Error from `run`, where a replica serves what an API server would not take.
 */
export function createRotationModel({
  replicas: count,
  issued,
  apiServerLagMs = API_SERVER_LAG_MS,
}: {
  readonly replicas: number;
  readonly issued: IssuingCache;
  readonly apiServerLagMs?: number;
}): RotationModel {
  const stored: Stored = {
    authority: undefined,
    serving: undefined,
    mutating: undefined,
    validating: undefined,
  };
  const replicas = Array.from({ length: count }, newReplica);
  const seen = new Set<string>();
  /** Bundles of each configuration that some API server may still know. */
  let known: { readonly bundles: readonly string[]; untilMs: number }[] = [];
  let nowMs = 0;
  let writes = 0;
  let leader = newReplica();
  let downUntilMs = 0;

  const bundles = (): readonly string[] =>
    [stored.mutating, stored.validating].filter((bundle) => bundle !== undefined);

  function assertAllServe(): void {
    known = known.filter(({ untilMs }) => untilMs > nowMs);
    for (const { served } of replicas) {
      if (served === undefined) continue;
      for (const view of [bundles(), ...known.map((old) => old.bundles)]) {
        for (const bundle of view) assertTaken(served, bundle);
      }
    }
  }

  function assertTaken(served: CheckedKeyPair, bundle: string): void {
    if (readBundle(bundle).some((anchor) => leadsTo(served, anchor, at(nowMs)))) return;
    throw new Error(`after ${nowMs} ms and ${writes} writes an API server refuses a replica`);
  }

  function look(replica: Replica): void {
    replica.trust = observeTrust(replica.trust, bundles(), nowMs);
    const choice = chooseServing({
      served: replica.served,
      offered: readSecret(stored.serving).keyPair,
      trust: replica.trust,
      names,
      propagationDelayMs: DELAY_MS,
      now: at(nowMs),
      nowMs,
    });
    if (choice.type === 'serve offered') replica.served = choice.pair;
    replica.againAtMs = choice.type === 'wait' ? nowMs + choice.againInMs : Infinity;
  }

  function issue(key: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
    const pair = issued.get(key) ?? make();
    issued.set(key, pair);
    return pair;
  }

  /** The leader's work; it yields the number of each write, and may be killed there. */
  async function* lead(): AsyncGenerator<number> {
    for (;;) {
      const before = writes;
      leader.trust = observeTrust(leader.trust, bundles(), nowMs);
      const authority = readSecret(stored.authority);
      const serving = readSecret(stored.serving);
      const now = at(nowMs);
      const { bundle, step, againInMs } = planCertificates({
        authority,
        serving,
        served: replicas[0]?.served,
        trust: leader.trust,
        names,
        certificateValidityMs: CERTIFICATE_VALIDITY_MS,
        now,
        nowMs,
      });
      if (step.type === 'issue authority') {
        const pair = await issue(`CA ${nowMs} ${JSON.stringify(stored.authority)}`, () =>
          issueCertificateAuthority({ validityMs: CA_VALIDITY_MS, now }),
        );
        seen.add(pair.certificate);
        const all = [...splitBundle(pair.certificate), ...step.previous];
        stored.authority = certificateSecretData(pair, all);
        yield ++writes;
        continue;
      }
      const text = joinBundle(bundle);
      for (const configuration of ['mutating', 'validating'] as const) {
        // They are registered when there is something to serve.
        if (stored[configuration] === undefined && serving.keyPair.type !== 'valid') continue;
        if (stored[configuration] === text) continue;
        known.push({ bundles: bundles(), untilMs: nowMs + apiServerLagMs });
        stored[configuration] = text;
        yield ++writes;
      }
      for (const secret of ['authority', 'serving'] as const) {
        const { keyPair } = secret === 'authority' ? authority : serving;
        if (keyPair.type !== 'valid') continue;
        const data = certificateSecretData(keyPair.pair, bundle);
        if (data['ca.crt'] === stored[secret]?.['ca.crt']) continue;
        stored[secret] = data;
        yield ++writes;
      }
      if (step.type !== 'issue serving certificate') {
        if (writes > before) continue;
        leader.againAtMs = nowMs + againInMs;
        return;
      }
      const pair = await issue(`leaf ${nowMs} ${step.authority.leaf.fingerprint}`, () =>
        issueServingCertificate({
          authority: step.authority,
          ...names,
          validityMs: CERTIFICATE_VALIDITY_MS,
          now,
        }),
      );
      stored.serving = certificateSecretData(pair, bundle);
      yield ++writes;
    }
  }

  const model: RotationModel = {
    stored,
    nowMs: () => nowMs,
    authoritiesSeen: () => seen.size,
    served: () => replicas.map(({ served }) => served),
    async run(untilMs, afterWrite = () => ({})) {
      for (;;) {
        const due = Math.min(leader.againAtMs, ...replicas.map(({ againAtMs }) => againAtMs));
        if (Math.max(due, nowMs) > untilMs) break;
        nowMs = Math.max(due, nowMs);
        for (const replica of replicas) if (replica.againAtMs <= nowMs) look(replica);
        assertAllServe();
        if (leader.againAtMs > nowMs) continue;
        leader.againAtMs = Infinity;
        for await (const write of lead()) {
          const { leaderDownMs, restart } = afterWrite(write);
          if (restart !== undefined) model.restartReplica(restart);
          for (const replica of replicas) look(replica);
          assertAllServe();
          if (leaderDownMs === undefined) continue;
          model.killLeader(leaderDownMs);
          break;
        }
      }
      nowMs = untilMs;
      assertAllServe();
    },
    restartReplica(index) {
      replicas[index] = newReplica();
      for (const replica of replicas) look(replica);
    },
    killLeader(downMs) {
      downUntilMs = nowMs + downMs;
      leader = { ...newReplica(), againAtMs: downUntilMs };
    },
    damage(change) {
      change(stored);
      for (const replica of replicas) look(replica);
      leader.againAtMs = Math.min(leader.againAtMs, Math.max(downUntilMs, nowMs));
    },
  };
  return model;
}

/** The same texts are read again and again, in this run and in others. */
const bundlesRead = new Map<string, readonly Certificate[]>();
const secretsRead = new WeakMap<SecretData, CertificateSecret>();

function readBundle(text: string): readonly Certificate[] {
  const bundle = bundlesRead.get(text) ?? splitBundle(text);
  bundlesRead.set(text, bundle);
  return bundle;
}

function readSecret(data: SecretData | undefined): CertificateSecret {
  if (data === undefined) return readCertificateSecret(data);
  const secret = secretsRead.get(data) ?? readCertificateSecret(data);
  secretsRead.set(data, secret);
  return secret;
}

function newReplica(): Replica {
  return { served: undefined, trust: undefined, againAtMs: 0 };
}
