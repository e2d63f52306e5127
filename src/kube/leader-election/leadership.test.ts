// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { classifyError } from '../client/api-error.ts';
import type { ApiRequest, KubeClient } from '../client/client.ts';
import { alwaysLeader, fencedClient, startTerm } from './leadership.ts';
import { createFakeClock } from '../testing/fake-clock.ts';

/** A client whose requests last until they are aborted. */
function hangingClient(): KubeClient & { readonly sent: ApiRequest[] } {
  const sent: ApiRequest[] = [];
  return {
    sent,
    request<T>(request: ApiRequest): Promise<T> {
      sent.push(request);
      return new Promise<T>((_, reject) => {
        request.signal?.addEventListener('abort', () => {
          reject(request.signal?.reason as Error);
        });
      });
    },
    watch() {
      throw new Error('not watched here');
    },
    close: () => undefined,
  };
}

const WRITE: ApiRequest = { method: 'PUT', path: '/object', body: {} };

describe('fencedClient', () => {
  it('sends no write once the renew deadline has passed, even before the timer fired', async () => {
    const clock = createFakeClock();
    const client = hangingClient();
    const { leadership } = startTerm({
      clock: { ...clock, monotonicMs: () => 10_000 },
      renewDeadlineMs: 10_000,
      sentMs: 0,
    });
    const fenced = fencedClient(client, leadership);
    for (const method of ['DELETE', 'PATCH', 'POST', 'PUT'] as const) {
      const error = await fenced.request({ method, path: '/object' }).catch((e: unknown) => e);
      expect(classifyError(error)).toBe('aborted');
      expect(String(error)).toContain('leadership lost: the Lease was not renewed within 10 s');
    }
    expect(client.sent).toEqual([]);
  });

  it('aborts writes under way when leadership ends', async () => {
    const client = hangingClient();
    const term = startTerm({ clock: createFakeClock(), renewDeadlineMs: 10_000, sentMs: 0 });
    const fenced = fencedClient(client, term.leadership);
    const writes = [
      fenced.request(WRITE),
      fenced.request({ ...WRITE, signal: new AbortController().signal }),
    ];
    term.end('stepping down');
    for (const write of await Promise.allSettled(writes)) {
      expect(write.status === 'rejected' && classifyError(write.reason)).toBe('aborted');
    }
    expect(client.sent).toHaveLength(2);
  });

  it("heeds the request's own signal as well", async () => {
    const leadership = alwaysLeader(new AbortController().signal);
    const own = new AbortController();
    const write = fencedClient(hangingClient(), leadership).request({
      ...WRITE,
      signal: own.signal,
    });
    own.abort(new Error('no longer wanted'));
    await expect(write).rejects.toThrow('no longer wanted');
  });

  it('ends reads with leadership, too: the work must not wait for what nobody needs', async () => {
    const client = hangingClient();
    const term = startTerm({ clock: createFakeClock(), renewDeadlineMs: 10_000, sentMs: 0 });
    const read = fencedClient(client, term.leadership).request({ method: 'GET', path: '/object' });
    expect(client.sent).toHaveLength(1);
    term.end('stepping down');
    await expect(read.catch(classifyError)).resolves.toBe('aborted');
  });
});

describe('alwaysLeader', () => {
  it('holds until the process stops, and then no longer', () => {
    const stop = new AbortController();
    let askedWhileStopping: unknown;
    stop.signal.addEventListener('abort', () => {
      try {
        leadership.assertHeld();
      } catch (error) {
        askedWhileStopping = error;
      }
    });
    const leadership = alwaysLeader(stop.signal);
    leadership.assertHeld();
    stop.abort();
    expect(classifyError(askedWhileStopping)).toBe('aborted');
    expect(leadership.signal.aborted).toBe(true);
    expect(classifyError(leadership.signal.reason)).toBe('aborted');
  });
});

describe('startTerm', () => {
  it('ends by itself at the renew deadline, counted from when the renewal was sent', async () => {
    const clock = createFakeClock();
    const term = startTerm({ clock, renewDeadlineMs: 10_000, sentMs: 0 });
    await clock.advance(6_000);
    term.renewed(5_000);
    await clock.advance(8_999);
    expect(term.leadership.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(term.leadership.signal.aborted).toBe(true);
  });

  it('is not revived by a renewal that is answered after the deadline', () => {
    let now = 0;
    const clock = { ...createFakeClock(), monotonicMs: () => now };
    const term = startTerm({ clock, renewDeadlineMs: 10_000, sentMs: 0 });
    now = 10_001;
    term.renewed(9_999);
    expect(() => {
      term.leadership.assertHeld();
    }).toThrow('leadership lost');
  });

  it('has ended from the start where winning the election took too long', () => {
    const clock = { ...createFakeClock(), monotonicMs: () => 30_000 };
    const { leadership } = startTerm({ clock, renewDeadlineMs: 10_000, sentMs: 0 });
    expect(leadership.signal.aborted).toBe(true);
  });
});
