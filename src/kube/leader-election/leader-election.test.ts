// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyError } from '../client/api-error.ts';
import type { ApiRequest } from '../client/client.ts';
import { runLeaderElection, type LeaderElectionOptions } from './leader-election.ts';
import type { Leadership } from './leadership.ts';
import { createFakeClock, type SkewedClock, skewedClock } from '../testing/fake-clock.ts';
import { createFakeLeaseServer, type Trouble } from './testing/fake-lease-server.ts';
import { createRecordingLogger } from '../testing/recording-logger.ts';

interface Candidate {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly logger: ReturnType<typeof createRecordingLogger>;
  readonly leadersSeen: string[];
  /** `leading` and `stopped`, as the callbacks came. */
  readonly history: string[];
  /** True while `assertHeld` lets writes pass. */
  mayWrite(): boolean;
  leadership(): Leadership | undefined;
  hasEnded(): boolean;
  stop(): void;
  /** Like SIGKILL: neither it nor its requests are heard of again. */
  kill(): void;
}

function createWorld() {
  const clock = createFakeClock();
  const server = createFakeLeaseServer();
  const candidates: Candidate[] = [];

  const start = (
    name: string,
    {
      offsetMs = 0,
      speed = 1,
      ...options
    }: { offsetMs?: number; speed?: number } & Partial<LeaderElectionOptions> = {},
  ): Candidate => {
    const own = skewedClock(clock, { offsetMs, speed });
    const abort = new AbortController();
    const logger = createRecordingLogger();
    const leadersSeen: string[] = [];
    const history: string[] = [];
    let held: Leadership | undefined;
    let ended = false;
    let random = name.length;
    void runLeaderElection({
      client: server.client({ clock: own }),
      lease: { namespace: 'system', name: 'operator' },
      identity: name,
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      clock: own,
      random: () => (random = (random * 16807 + 11) % 2147483647) / 2147483647,
      log: logger,
      signal: abort.signal,
      onStartedLeading: async (leadership) => {
        history.push('leading');
        held = leadership;
        await new Promise<void>((resolve) => {
          leadership.signal.addEventListener('abort', () => {
            resolve();
          });
        });
      },
      onStoppedLeading: () => history.push('stopped'),
      onNewLeader: (leader) => leadersSeen.push(leader),
      ...options,
    }).finally(() => {
      ended = true;
    });
    const candidate: Candidate = {
      name,
      clock: own,
      logger,
      leadersSeen,
      history,
      mayWrite() {
        try {
          held?.assertHeld();
          return held !== undefined;
        } catch {
          return false;
        }
      },
      leadership: () => held,
      hasEnded: () => ended,
      stop: () => {
        abort.abort();
      },
      kill: () => {
        own.stopTimers();
        candidates.splice(candidates.indexOf(candidate), 1);
      },
    };
    candidates.push(candidate);
    return candidate;
  };

  const leaders = (): string[] =>
    candidates.filter((candidate) => candidate.mayWrite()).map(({ name }) => name);

  /** Turns the clock in small steps until `condition` holds; returns how long it took. */
  async function until(condition: () => boolean, limitMs = 120_000): Promise<number> {
    for (let waited = 0; waited <= limitMs; waited += 50) {
      if (condition()) return waited;
      await clock.advance(50);
    }
    throw new Error(`did not come true within ${limitMs} ms`);
  }

  return { clock, server, start, leaders, until };
}

describe('runLeaderElection', () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });
  function world(): ReturnType<typeof createWorld> {
    const created = createWorld();
    return {
      ...created,
      start: (name, options) => {
        const candidate = created.start(name, options);
        stops.push(() => {
          candidate.stop();
        });
        return candidate;
      },
    };
  }

  it('creates the Lease where there is none, and leads', async () => {
    const { clock, server, start, leaders } = world();
    const a = start('a');
    await clock.advance(100);
    expect(leaders()).toEqual(['a']);
    expect(a.leadersSeen).toEqual(['a']);
    expect(server.spec()).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.683000Z',
      renewTime: '2026-01-02T03:04:05.683000Z',
      leaseTransitions: 0,
    });
  });

  it('renews with one PUT each retry period, and keeps acquireTime and leaseTransitions', async () => {
    const { clock, server, start } = world();
    start('a', { random: () => 0 });
    await clock.advance(100);
    const first = server.spec();
    server.arrived.length = 0;
    await clock.advance(20_000);
    expect(server.arrived).toEqual(Array(9).fill('PUT a'));
    expect(server.spec()).toEqual({ ...first, renewTime: server.spec()?.['renewTime'] });
    expect(server.spec()?.['renewTime']).not.toEqual(first?.['renewTime']);
  });

  it('lets one of three candidates lead, and tells the others who', async () => {
    const { clock, start, leaders } = world();
    const candidates = ['a', 'bb', 'ccc'].map((name) => start(name));
    await clock.advance(10_000);
    expect(leaders()).toHaveLength(1);
    for (const { leadersSeen } of candidates) expect(leadersSeen).toEqual(leaders());
  });

  it('takes over from a leader that is gone once its Lease has expired, and not before', async () => {
    const { clock, server, start, leaders, until } = world();
    const a = start('a');
    await clock.advance(1_000);
    const b = start('bb');
    await clock.advance(30_000);
    a.kill();
    const tookMs = await until(() => leaders().includes('bb'));
    expect(tookMs).toBeGreaterThan(12_000);
    expect(tookMs).toBeLessThan(15_000 + 2_400 + 100);
    expect(b.leadersSeen).toEqual(['a', 'bb']);
    expect(server.spec()).toMatchObject({ holderIdentity: 'bb', leaseTransitions: 1 });
    expect(server.spec()?.['acquireTime']).toEqual(server.spec()?.['renewTime']);
  });

  it('waits as long as a foreign holder asked for, not as long as it asks itself', async () => {
    const { server, start, leaders, until } = world();
    server.set({ holderIdentity: 'someone', leaseDurationSeconds: 40 });
    start('a');
    const tookMs = await until(() => leaders().includes('a'));
    expect(tookMs).toBeGreaterThanOrEqual(40_000);
    expect(tookMs).toBeLessThan(40_200);
  });

  it('starts waiting anew with every change of a foreign Lease, whatever its times say', async () => {
    const { clock, server, start, leaders } = world();
    start('a');
    for (let i = 0; i < 6; i++) {
      server.set({ holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: '1970-01-01' });
      await clock.advance(12_000);
      expect(leaders()).toEqual([]);
    }
  });

  it('releases the Lease when it stops, and another takes over within a retry', async () => {
    const { clock, server, start, leaders, until } = world();
    const a = start('a');
    await clock.advance(1_000);
    start('bb');
    await clock.advance(10_000);
    a.stop();
    expect(a.mayWrite()).toBe(false);
    await until(() => a.hasEnded(), 100);
    expect(server.spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(a.history).toEqual(['leading', 'stopped']);
    expect(await until(() => leaders().includes('bb'))).toBeLessThan(2_500);
    expect(server.spec()).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 15 });
  });

  it('releases only after the work has ended', async () => {
    const { clock, server, start } = world();
    const a = start('a', { onStartedLeading: () => clock.sleep(5_000) });
    await clock.advance(1_000);
    a.stop();
    await clock.advance(3_000);
    expect(server.spec()).toMatchObject({ holderIdentity: 'a' });
    await clock.advance(1_500);
    expect(server.spec()).toMatchObject({ holderIdentity: '' });
  });

  it('leaves the Lease to expire where the work does not end, and ends all the same', async () => {
    const { server, start, until } = world();
    const a = start('a', { onStartedLeading: () => new Promise(() => undefined) });
    await until(() => server.spec() !== undefined);
    await until(() => server.arrived.length > 2);
    a.stop();
    await until(() => a.hasEnded(), 16_000);
    expect(server.spec()).toMatchObject({ holderIdentity: 'a' });
    expect(a.logger.lines.at(-1)).toMatchObject({ level: 'warn' });
  });

  it('steps down and makes way for others when its work fails', async () => {
    const { clock, server, start, until } = world();
    const a = start('a', { onStartedLeading: () => Promise.reject(new Error('a bug')) });
    await until(() => server.spec()?.['holderIdentity'] === '');
    expect(a.history).toEqual(['stopped']);
    expect(a.logger.lines).toContainEqual({
      level: 'error',
      message: "The leader's work failed; stepping down",
      fields: { error: new Error('a bug'), lease: 'system/operator' },
    });
    await clock.advance(14_000);
    expect(server.spec()).toMatchObject({ holderIdentity: '' });
    await until(() => a.history.length === 2);
  });

  it('goes on leading through an outage that is shorter than the renew deadline', async () => {
    const { clock, server, start } = world();
    const a = start('a');
    await clock.advance(1_000);
    server.fail({ type: 'unreachable' });
    await clock.advance(7_000);
    server.fail(undefined);
    await clock.advance(30_000);
    expect(a.history).toEqual(['leading']);
    expect(a.mayWrite()).toBe(true);
    expect(a.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it.each<Trouble>([
    { type: 'unreachable' },
    { type: 'hanging' },
    { type: 'answers-lost' },
    { type: 'status', code: 500 },
    { type: 'status', code: 429 },
    { type: 'status', code: 403 },
  ])('stops leading before others may start when renewals fail: %j', async (trouble) => {
    const { clock, server, start, leaders, until } = world();
    const a = start('a');
    await clock.advance(5_000);
    server.fail(trouble);
    const tookMs = await until(() => a.history.includes('stopped'));
    expect(tookMs).toBeGreaterThan(7_000);
    expect(tookMs).toBeLessThanOrEqual(10_050);
    expect(a.leadership()?.signal.aborted).toBe(true);
    expect(classifyError(a.leadership()?.signal.reason)).toBe('aborted');
    await clock.advance(60_000);
    server.fail(undefined);
    await until(() => leaders().includes('a'), 10_000);
    expect(a.history).toEqual(['leading', 'stopped', 'leading']);
    expect(server.spec()).toMatchObject({ leaseTransitions: 0 });
  });

  it('survives one renewal that hangs', async () => {
    const { clock, server, start } = world();
    const a = start('a');
    await clock.advance(1_000);
    server.fail({ type: 'hanging' });
    await clock.advance(2_000);
    server.fail(undefined);
    await clock.advance(30_000);
    expect(a.history).toEqual(['leading']);
  });

  it('keeps leading when the answer to a renewal is lost', async () => {
    const { clock, server, start } = world();
    const a = start('a');
    await clock.advance(1_000);
    server.fail({ type: 'answers-lost' });
    await clock.advance(2_000);
    server.fail(undefined);
    await clock.advance(30_000);
    expect(a.history).toEqual(['leading']);
    expect(a.mayWrite()).toBe(true);
  });

  it('is fenced at once after it was stopped for longer than the Lease, before any timer fires', async () => {
    const { clock, start, leaders } = world();
    const a = start('a');
    await clock.advance(1_000);
    start('bb');
    await clock.advance(10_000);
    a.clock.stopTimers();
    await clock.advance(60_000);
    expect(leaders()).toEqual(['bb']);
    expect(() => a.leadership()?.assertHeld()).toThrow(
      'leadership lost: the Lease was not renewed',
    );
    expect(a.leadership()?.signal.aborted).toBe(true);
    a.clock.startTimers();
    await clock.advance(30_000);
    expect(leaders()).toEqual(['bb']);
    expect(a.history).toEqual(['leading', 'stopped']);
  });

  it('does not begin to work where winning took longer than the renew deadline', async () => {
    const { clock, server, start, until } = world();
    // Stopped when the answer to its first PUT has come, and woken before any timer fires.
    let stoppedMs = 0;
    const inner = server.client({ clock });
    const a = start('a', {
      clock: { ...clock, monotonicMs: () => clock.monotonicMs() + stoppedMs },
      client: {
        ...inner,
        async request<T>(request: ApiRequest): Promise<T> {
          const answer = await inner.request<T>(request);
          if (request.method === 'PUT') stoppedMs = 11_000;
          return answer;
        },
      },
    });
    await until(() => server.spec()?.['holderIdentity'] === 'a');
    await until(() => a.history.length > 0, 5_000);
    expect(a.history).toEqual(['leading']);
    expect(a.mayWrite()).toBe(true);
    expect(server.arrived.slice(0, 4)).toEqual(['GET', 'PUT a', 'GET', 'PUT a']);
  });

  it('does not let a renewal that is answered too late revive its leadership', async () => {
    const { clock, start } = world();
    const a = start('a', { random: () => 0 });
    // Stopped while the renewal of second 2 is under way.
    await clock.advance(2_028);
    a.clock.stopTimers();
    await clock.advance(9_999);
    a.clock.startTimers();
    await clock.advance(3);
    expect(a.mayWrite()).toBe(false);
  });

  it('stops leading as soon as it sees that someone else holds the Lease', async () => {
    const { clock, server, start, until } = world();
    const a = start('a');
    await clock.advance(1_000);
    server.set({ holderIdentity: 'usurper', leaseDurationSeconds: 15, leaseTransitions: 7 });
    await until(() => !a.mayWrite(), 2_500);
    expect(server.spec()).toMatchObject({ holderIdentity: 'usurper' });
    await until(() => a.mayWrite(), 18_000);
    expect(server.spec()).toMatchObject({ leaseTransitions: 8 });
  });

  it('creates a Lease again that was deleted under it, and goes on', async () => {
    const { clock, server, start, leaders } = world();
    const a = start('a');
    await clock.advance(1_000);
    const b = start('bb');
    await clock.advance(10_000);
    server.delete();
    await clock.advance(60_000);
    expect(leaders()).toEqual(['a']);
    expect(a.history).toEqual(['leading']);
    expect(b.history).toEqual([]);
  });

  it('keeps unknown fields that others put on the Lease', async () => {
    const { clock, server, start } = world();
    start('a');
    await clock.advance(1_000);
    server.set({ ...server.spec(), strategy: 'someones' });
    await clock.advance(10_000);
    expect(server.spec()).toMatchObject({ holderIdentity: 'a', strategy: 'someones' });
  });

  it.each([
    {},
    { holderIdentity: '', leaseDurationSeconds: 0 },
    { holderIdentity: 'someone', leaseDurationSeconds: -5, leaseTransitions: -1 },
    { holderIdentity: 7, leaseDurationSeconds: 'long', leaseTransitions: {}, acquireTime: [] },
    { leaseTransitions: 2 ** 31 - 1 },
  ])('gets over a Lease that says %j', async (spec) => {
    const { server, start, leaders, until } = world();
    server.set(spec);
    start('a');
    await until(() => leaders().includes('a'), 16_000);
    expect(server.spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15 });
    expect(server.spec()?.['leaseTransitions']).toBeLessThan(2 ** 31);
    expect(server.spec()?.['leaseTransitions']).toBeGreaterThanOrEqual(1);
  });

  it('says once a minute which permission is missing, and goes on trying', async () => {
    const { clock, server, start, leaders, until } = world();
    server.fail({ type: 'status', code: 403 });
    const a = start('a');
    await clock.advance(59_000);
    expect(a.logger.lines).toHaveLength(1);
    expect(a.logger.lines[0]).toMatchObject({
      level: 'error',
      message: 'Cannot acquire the Lease',
    });
    expect(a.logger.lines[0]?.fields['hint']).toBe(
      `grant the operator's service account get, create and update on leases.coordination.k8s.io named "operator" in the namespace "system"`,
    );
    await clock.advance(10_000);
    expect(a.logger.lines).toHaveLength(2);
    server.fail(undefined);
    await until(() => leaders().includes('a'), 5_000);
  });

  it('asks for whole seconds, never for less than it was told', async () => {
    const { clock, server, start } = world();
    start('a', { leaseDurationMs: 1_500, renewDeadlineMs: 1_000, retryPeriodMs: 200 });
    await clock.advance(100);
    expect(server.spec()).toMatchObject({ leaseDurationSeconds: 2 });
  });

  it('ends at once when it is aborted before it was elected', async () => {
    const { clock, server, start } = world();
    server.set({ holderIdentity: 'someone', leaseDurationSeconds: 15 });
    const a = start('a');
    await clock.advance(5_000);
    a.stop();
    await clock.advance(1);
    expect(a.hasEnded()).toBe(true);
    expect(server.spec()).toMatchObject({ holderIdentity: 'someone' });
  });

  it.each([
    { identity: '' },
    { leaseDurationMs: 10_000 },
    { retryPeriodMs: 8_500 },
    { retryPeriodMs: 0 },
  ])('refuses options that contradict each other: %j', async (wrong) => {
    await expect(
      runLeaderElection({
        client: createFakeLeaseServer().client({ clock: createFakeClock() }),
        lease: { namespace: 'system', name: 'operator' },
        identity: 'a',
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
        log: createRecordingLogger(),
        signal: new AbortController().signal,
        onStartedLeading: () => undefined,
        ...wrong,
      }),
    ).rejects.toThrow('leader election: ');
  });

  it('never lets two candidates write at once, whatever server and clocks do', async () => {
    const troubles = ['unreachable', 'hanging', 'answers-lost'] as const;
    const step = fc.record({
      candidate: fc.nat(2),
      ms: fc.integer({ min: 50, max: 25_000 }),
      action: fc.oneof(
        fc.constantFrom('stop timers', 'start timers', 'step clock', 'delete', 'heal'),
        fc.constantFrom(...troubles),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const { clock, server, start, leaders, until } = world();
        const all = [
          start('a', { offsetMs: -3_600_000 }),
          start('bb', { speed: 1.1 }),
          start('ccc', { offsetMs: 86_400_000, speed: 0.95 }),
        ];
        await clock.advance(3_000);
        for (const { candidate, ms, action } of steps) {
          const chosen = all[candidate];
          if (action === 'stop timers') chosen?.clock.stopTimers();
          else if (action === 'start timers') chosen?.clock.startTimers();
          else if (action === 'step clock') chosen?.clock.stepWallClock(7_200_000);
          else if (action === 'delete') server.delete();
          else server.fail(action === 'heal' ? undefined : { type: action });
          for (let passed = 0; passed < ms; passed += 250) {
            await clock.advance(250);
            expect(leaders().length).toBeLessThanOrEqual(1);
          }
        }
        server.fail(undefined);
        for (const candidate of all) candidate.clock.startTimers();
        await until(() => leaders().length === 1, 60_000);
        for (const candidate of all) candidate.stop();
        await clock.advance(20_000);
        expect(all.map((candidate) => candidate.hasEnded())).toEqual([true, true, true]);
      }),
      { numRuns: 60, seed: 20261124 },
    );
  }, 60_000);
});
