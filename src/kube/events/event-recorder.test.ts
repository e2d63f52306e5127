// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../client/api-error.ts';
import type { ApiRequest, KubeClient } from '../client/client.ts';
import { cutAtBytes, eventReference } from './event-object.ts';
import {
  createEventRecorder,
  type EventDropReason,
  type EventRecord,
  type EventRecorder,
} from './event-recorder.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createRecordingLogger } from '../testing/recording-logger.ts';

const MINUTE = 60_000;

interface SentEvent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly note: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

function subject(name = 'webapp1'): EventRecord['regarding'] {
  return { apiVersion: 'windows.k8s.io/v1', kind: 'GMSACredentialSpec', name, uid: `uid-${name}` };
}

function happening(overrides: Partial<EventRecord> = {}): EventRecord {
  return {
    regarding: subject(),
    type: 'Warning',
    reason: 'Conflict',
    action: 'Reconcile',
    note: 'is not ours',
    ...overrides,
  };
}

const recorders: EventRecorder[] = [];
afterEach(() => {
  for (const recorder of recorders.splice(0)) void recorder.drain();
});

function setUp() {
  const clock = createFakeClock();
  const log = createRecordingLogger();
  const sent: ApiRequest[] = [];
  const dropped: EventDropReason[] = [];
  let answer: (request: ApiRequest) => unknown = () => ({});
  const client: KubeClient = {
    async request<T>(request: ApiRequest): Promise<T> {
      sent.push(request);
      await clock.sleep(1, request.signal);
      return answer(request) as T;
    },
    watch() {
      throw new Error('nothing is watched');
    },
    close: () => undefined,
  };
  const recorder = createEventRecorder({
    client,
    reportingController: 'gmsa-operator.io/operator',
    reportingInstance: 'pod-1',
    fieldManager: 'manager',
    log,
    clock,
    random: () => 0.5,
    onDropped: (reason) => dropped.push(reason),
    drainTimeoutMs: 50,
  });
  recorders.push(recorder);
  return {
    clock,
    log,
    sent,
    dropped,
    recorder,
    body: (index: number): SentEvent => sent[index]?.body as SentEvent,
    answerWith: (next: (request: ApiRequest) => unknown) => {
      answer = next;
    },
    failWith: (error: Error) => {
      answer = () => {
        throw error;
      };
    },
  };
}

function apiError(code: number, reason = ''): ApiError {
  return new ApiError('POST /events', code, { reason, message: 'the message' });
}

describe('createEventRecorder', () => {
  it('writes an Event about a cluster-scoped object where kubectl describe looks for it', async () => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening());
    await clock.advance(10);
    expect(sent).toEqual([
      {
        method: 'POST',
        path: '/apis/events.k8s.io/v1/namespaces/default/events',
        query: { fieldManager: 'manager' },
        signal: expect.any(AbortSignal) as unknown,
        body: {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: {
            namespace: 'default',
            name: expect.stringMatching(/^webapp1\.[0-9a-f]{16}$/) as unknown,
          },
          eventTime: '2026-01-02T03:04:05.678000Z',
          reportingController: 'gmsa-operator.io/operator',
          reportingInstance: 'pod-1',
          regarding: subject(),
          type: 'Warning',
          reason: 'Conflict',
          action: 'Reconcile',
          note: 'is not ours',
        },
      },
    ]);
  });

  it("writes an Event about a namespaced object in the object's namespace", async () => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening({ regarding: { ...subject(), namespace: 'prod' } }));
    await clock.advance(10);
    expect(sent[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/prod/events');
  });

  it('never blocks the caller', async () => {
    const { clock, recorder, sent } = setUp();
    for (let i = 0; i < 100; i++) recorder.record(happening({ regarding: subject(`c${i}`) }));
    expect(sent).toEqual([]);
    await clock.advance(1_000);
    expect(sent).toHaveLength(100);
  });

  it('makes a series of identical Events: at the second, each five minutes, and at the end', async () => {
    const { clock, recorder, sent, body } = setUp();
    recorder.record(happening());
    await clock.advance(MINUTE);
    recorder.record(happening());
    await clock.advance(10);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({
      method: 'PATCH',
      path: `/apis/events.k8s.io/v1/namespaces/default/events/${body(0).metadata.name}`,
      contentType: 'application/merge-patch+json',
      body: { series: { count: 2, lastObservedTime: '2026-01-02T03:05:05.678000Z' } },
    });
    for (let i = 0; i < 240; i++) {
      recorder.record(happening());
      await clock.advance(1_000);
    }
    expect(sent).toHaveLength(2);
    await clock.advance(2 * MINUTE);
    expect(body(2).series?.count).toBe(242);
    recorder.record(happening());
    await clock.advance(MINUTE);
    expect(sent).toHaveLength(3);
    await clock.advance(10 * MINUTE);
    expect(sent).toHaveLength(4);
    expect(body(3).series?.count).toBe(243);
  });

  it('starts a new Event when an identical one is longer ago than the window', async () => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening());
    await clock.advance(6 * MINUTE);
    recorder.record(happening());
    await clock.advance(10);
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('writes the last count of a series that ended before it starts a new one', async () => {
    const { clock, recorder, sent, body } = setUp();
    await clock.advance(MINUTE / 2);
    for (let i = 0; i < 2; i++) {
      recorder.record(happening());
      await clock.advance(10);
    }
    recorder.record(happening());
    await clock.advance(6 * MINUTE);
    recorder.record(happening());
    await clock.advance(10);
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'POST']);
    expect(body(2).series?.count).toBe(3);
  });

  it('does not make a series of Events that differ', async () => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening());
    recorder.record(happening({ note: 'another' }));
    recorder.record(happening({ type: 'Normal' }));
    recorder.record(happening({ reason: 'Forbidden' }));
    recorder.record(happening({ regarding: { ...subject(), uid: 'recreated' } }));
    await clock.advance(100);
    expect(sent.map(({ method }) => method)).toEqual(Array(5).fill('POST'));
  });

  it('writes an Event that was repeated before it could be written once, with its count', async () => {
    const { clock, recorder, sent, body } = setUp();
    for (let i = 0; i < 5; i++) recorder.record(happening());
    await clock.advance(10);
    expect(sent).toHaveLength(1);
    expect(body(0).series?.count).toBe(5);
  });

  it('writes an Event again that expired on the server', async () => {
    const { clock, recorder, sent, body, answerWith } = setUp();
    recorder.record(happening());
    await clock.advance(10);
    answerWith(({ method }) => {
      if (method === 'PATCH') throw apiError(404, 'NotFound');
    });
    recorder.record(happening());
    await clock.advance(10);
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
    expect(body(2)).toMatchObject({ metadata: body(0).metadata, series: { count: 2 } });
  });

  it('lets one object have 25 Events at once, then one in five minutes, and counts the rest', async () => {
    const { clock, recorder, sent, dropped } = setUp();
    for (let i = 0; i < 40; i++) recorder.record(happening({ note: `note ${i}` }));
    recorder.record(happening({ regarding: subject('other') }));
    await clock.advance(100);
    expect(sent).toHaveLength(26);
    expect(dropped).toEqual(Array(15).fill('rate-limited'));
    await clock.advance(5 * MINUTE);
    recorder.record(happening({ note: 'later' }));
    recorder.record(happening({ note: 'and one too many' }));
    await clock.advance(100);
    expect(sent).toHaveLength(27);
  });

  it('holds a thousand Events in an outage, drops the oldest, and then writes the others', async () => {
    const { clock, recorder, sent, dropped, log, failWith, answerWith } = setUp();
    failWith(new Error('connect ECONNREFUSED'));
    recorder.record(happening({ regarding: subject('first') }));
    await clock.advance(100);
    for (let i = 0; i < 1_100; i++) recorder.record(happening({ regarding: subject(`c${i}`) }));
    expect(dropped).toEqual(Array(100).fill('queue-full'));
    await clock.advance(MINUTE);
    answerWith(() => ({}));
    sent.length = 0;
    await clock.advance(5 * MINUTE);
    const names = sent.map(({ body }) => (body as SentEvent).metadata.name.split('.')[0]);
    expect(names).toEqual(['first', ...Array.from({ length: 1_000 }, (_, i) => `c${i + 100}`)]);
    expect(log.lines.filter(({ message }) => message.startsWith('Too many'))).toHaveLength(1);
  });

  it('gives an Event up after twelve tries, says so once, and goes on with the next', async () => {
    const { clock, recorder, sent, dropped, log, failWith } = setUp();
    failWith(apiError(500));
    recorder.record(happening());
    recorder.record(happening({ note: 'next' }));
    await clock.advance(20 * MINUTE);
    expect(sent).toHaveLength(24);
    expect(dropped).toEqual(['failed', 'failed']);
    expect(log.lines).toHaveLength(1);
  });

  it('takes an Event that exists already for its own, from a try whose answer was lost', async () => {
    const { clock, recorder, sent, dropped, answerWith } = setUp();
    let first = true;
    answerWith(() => {
      if (!first) throw apiError(409, 'AlreadyExists');
      first = false;
      throw new Error('socket hang up');
    });
    recorder.record(happening());
    await clock.advance(5_000);
    expect(sent).toHaveLength(2);
    expect(sent[0]?.body).toEqual(sent[1]?.body);
    expect(dropped).toEqual([]);
  });

  it('says once in a while which permission is missing, and does not try again', async () => {
    const { clock, recorder, sent, dropped, log, failWith } = setUp();
    failWith(apiError(403));
    recorder.record(happening());
    recorder.record(happening({ note: 'another' }));
    await clock.advance(MINUTE);
    expect(sent).toHaveLength(2);
    expect(dropped).toEqual(['failed', 'failed']);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'Cannot write an Event',
        fields: {
          regarding: 'GMSACredentialSpec/webapp1',
          reason: 'Conflict',
          error: apiError(403),
          hint: `grant the operator's service account create and patch on events.events.k8s.io in the namespace "default"`,
        },
      },
    ]);
    await clock.advance(10 * MINUTE);
    recorder.record(happening());
    await clock.advance(10);
    expect(log.lines).toHaveLength(2);
  });

  it('drops without a word what concerns a terminating namespace or comes after the leadership', async () => {
    const { clock, recorder, dropped, log, failWith } = setUp();
    failWith(
      new ApiError('POST', 403, {
        reason: 'Forbidden',
        details: { causes: [{ reason: 'NamespaceTerminating' }] },
      }),
    );
    recorder.record(happening());
    await clock.advance(10);
    const lost = new Error('leadership lost');
    lost.name = 'AbortError';
    failWith(lost);
    recorder.record(happening());
    await clock.advance(10);
    expect(dropped).toEqual(['failed', 'failed']);
    expect(log.lines).toEqual([]);
  });

  it('writes what is queued, and the last counts, before it stops', async () => {
    const { clock, sent, body, log, ...rest } = setUp();
    const recorder = createEventRecorder({
      client: {
        request: <T>(request: ApiRequest) => {
          sent.push(request);
          return Promise.resolve({} as T);
        },
        watch: () => {
          throw new Error('nothing is watched');
        },
        close: () => undefined,
      },
      reportingController: 'a/b',
      reportingInstance: 'c',
      log,
      clock,
      onDropped: (reason) => rest.dropped.push(reason),
    });
    for (let i = 0; i < 2; i++) {
      recorder.record(happening());
      await clock.advance(10);
    }
    for (let i = 0; i < 3; i++) recorder.record(happening());
    recorder.record(happening({ note: 'last' }));
    await recorder.drain();
    expect(sent).toHaveLength(4);
    expect([body(2).note, body(3).series?.count].sort()).toEqual([5, 'last']);
    recorder.record(happening({ note: 'too late' }));
    expect(rest.dropped).toEqual(['stopped']);
  });

  it('does not write twice what is being written when it stops', async () => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening());
    await clock.advance(0);
    expect(sent).toHaveLength(1);
    const drained = recorder.drain();
    await clock.advance(100);
    await drained;
    expect(sent).toHaveLength(1);
  });

  it('does not wait for ever for a server that does not answer', async () => {
    const { clock, recorder, dropped, answerWith, log } = setUp();
    answerWith(() => new Promise(() => undefined));
    recorder.record(happening());
    await clock.advance(10);
    recorder.record(happening({ note: 'second' }));
    const drained = recorder.drain();
    await clock.advance(10_000);
    await drained;
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn' });
    expect(dropped).toEqual([]);
  });
});

describe('eventReference', () => {
  it.each([
    ['webapp1', 'webapp1.0f'],
    ['gmsa-operator:WebApp1', 'gmsa-operator-webapp1.0f'],
    ['-a-.-.b.', 'a.b.0f'],
    ['::', '0f'],
    ['x'.repeat(253), `${'x'.repeat(250)}.0f`],
    [`${'x'.repeat(249)}.${'y'.repeat(3)}`, `${'x'.repeat(249)}.0f`],
  ])('makes a valid name of %s', (name, expected) => {
    const { name: made } = eventReference(subject(name), '0f');
    expect(made).toBe(expected);
    expect(made).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
  });
});

describe('cutAtBytes', () => {
  it.each([
    ['short', 10, 'short'],
    ['0123456789', 10, '0123456789'],
    ['01234567890', 10, '0123456…'],
    ['ääääää', 10, 'äää…'],
    ['😀😀😀', 10, '😀…'],
    ['a\ud800b', 10, 'a\ufffdb'],
  ])('cuts %j at %d bytes between two characters', (text, maximum, expected) => {
    expect(cutAtBytes(text, maximum)).toBe(expected);
    expect(Buffer.byteLength(cutAtBytes(text, maximum))).toBeLessThanOrEqual(maximum);
  });
});
