// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../kube/client/client.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import type { LiveTrust } from '../../pki/live-trust.ts';
import { newAuthority } from '../../pki/testing/certificates.ts';
import { createHealthCheck } from './health-check.ts';
import { createWebhookHealth, PATIENCE_MS } from './webhook-health.ts';
import { certificateExpired, type WebhookProblem } from './webhook-problems.ts';

const NO_CA: LiveTrust = { type: 'seen', trusted: [] };

/** Health checks in a world that the test changes. */
async function setUp() {
  const certificate = (await newAuthority()).leaf;
  const trusted: LiveTrust = { type: 'seen', trusted: [{ certificate, sinceMs: 0 }] };
  const world = {
    nowMs: 0,
    registered: 1,
    notServing: undefined as string | undefined,
    trust: trusted as LiveTrust,
    listFails: false,
    probed: undefined as WebhookProblem | undefined,
  };
  const stop = new AbortController();
  const log = createRecordingLogger();
  const health = createWebhookHealth(() => world.nowMs);
  const bundles: string[] = [];
  const check = createHealthCheck({
    client: {
      request: () =>
        world.listFails ? Promise.reject(new Error('forbidden')) : Promise.resolve({ items: [] }),
    } as unknown as KubeClient,
    informers: {
      mutating: { size: 1 },
      validating: {
        get size() {
          return world.registered;
        },
      },
      trust: () => world.trust,
    },
    target: { type: 'service', namespace: 'gmsa', name: 'webhook' },
    health,
    serving: { problem: () => world.notServing },
    probe: (_, caBundle) => {
      bundles.push(caBundle);
      return Promise.resolve(world.probed);
    },
    log,
    signal: stop.signal,
  });
  /** The condition after the world has been as it is for so long that a problem is reported. */
  async function conditionOf(reconcileProblem?: WebhookProblem): Promise<string> {
    await check(reconcileProblem);
    world.nowMs += 2 * PATIENCE_MS;
    await check(reconcileProblem);
    const { status, reason, message } = health.condition() ?? {};
    return `${String(status)} ${String(reason)}: ${String(message)}`;
  }
  return { world, stop, log, health, bundles, certificate, check, conditionOf };
}

describe('a health check', () => {
  it('is content when a replica serves what the configurations trust', async () => {
    const { check, conditionOf, bundles, certificate, log } = await setUp();
    expect(await conditionOf()).toMatch(/^True AdmissionReady/);
    expect(bundles[0]).toBe(certificate.pem);
    expect(await check(undefined)).toBe(15_000);
    expect(log.lines).toMatchObject([{ level: 'info', message: 'Admission works' }]);
  });

  it.each<readonly [string, (world: Awaited<ReturnType<typeof setUp>>['world']) => void, RegExp]>([
    [
      'a configuration is missing, and why',
      (world) => {
        world.registered = 0;
        world.notServing = 'no certificate';
      },
      /^False WebhookConfigurationMissing: ValidatingWebhookConfiguration.*no certificate/,
    ],
    [
      'they trust no CA in common',
      (world) => {
        world.trust = NO_CA;
      },
      /^False CABundleMismatch/,
    ],
    [
      'no webhook is registered that calls',
      (world) => {
        world.trust = { type: 'nobody calls' };
      },
      /^False CABundleMismatch/,
    ],
    [
      'the endpoints cannot be read',
      (world) => {
        world.listFails = true;
      },
      /^False CertificateInvalid: .*forbidden/,
    ],
    [
      'a replica serves what nobody would take',
      (world) => {
        world.probed = certificateExpired();
      },
      /^False CertificateInvalid: .*has expired/,
    ],
  ])('reports that %s', async (_, change, expected) => {
    const { world, check, conditionOf } = await setUp();
    change(world);
    expect(await conditionOf()).toMatch(expected);
    expect(await check(undefined)).toBe(2_000);
  });

  it('reports the problem of the reconcile first', async () => {
    const { conditionOf, bundles } = await setUp();
    const problem: WebhookProblem = { reason: 'CABundleMismatch', message: 'bad Secret' };
    expect(await conditionOf(problem)).toBe('False CABundleMismatch: bad Secret');
    expect(bundles).toEqual([]);
  });

  it('logs once that it cannot read the endpoints, and again after it could', async () => {
    const { world, check, log } = await setUp();
    const warnings = () => log.lines.filter(({ message }) => message.includes('forbidden')).length;
    world.listFails = true;
    await check(undefined);
    await check(undefined);
    expect(warnings()).toBe(1);
    world.listFails = false;
    await check(undefined);
    world.listFails = true;
    await check(undefined);
    expect(warnings()).toBe(2);
  });

  it('says nothing when the term ended meanwhile', async () => {
    const { check, stop, health } = await setUp();
    const checking = check(undefined);
    stop.abort();
    await checking;
    expect(health.condition()).toBeUndefined();
  });
});
