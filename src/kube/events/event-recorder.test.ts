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

  it('does not write what repeats an Event of the last six minutes', async () => {
    const { clock, recorder, sent, dropped } = setUp();
    for (let i = 0; i < 5; i++) {
      recorder.record(happening());
      // Of the same reason: a rival that changes two objects in turns.
      recorder.record(happening({ note: 'another' }));
      await clock.advance(MINUTE);
    }
    expect(sent).toHaveLength(2);
    expect(dropped).toEqual([]);
    await clock.advance(MINUTE);
    recorder.record(happening());
    await clock.advance(10);
    expect(sent).toHaveLength(3);
  });

  it('writes what comes again after something else happened to the object', async () => {
    const { clock, recorder, sent, body } = setUp();
    recorder.record(happening({ note: 'broken' }));
    recorder.record(happening({ type: 'Normal', reason: 'Ready', note: 'ready' }));
    recorder.record(happening({ note: 'broken' }));
    recorder.record(happening({ regarding: subject('other'), reason: 'Ready' }));
    recorder.record(happening({ note: 'broken' }));
    await clock.advance(100);
    expect(sent.map((_, index) => body(index).note)).toEqual([
      'broken',
      'ready',
      'broken',
      'is not ours',
    ]);
  });

  it.each<[string, Partial<EventRecord>]>([
    ['another note', { note: 'another' }],
    ['another type', { type: 'Normal' }],
    ['another reason', { reason: 'Forbidden' }],
    ['another action', { action: 'Repair' }],
    ['a recreated object', { regarding: { ...subject(), uid: 'recreated' } }],
  ])('takes an Event with %s for no repetition', async (_, other) => {
    const { clock, recorder, sent } = setUp();
    recorder.record(happening());
    recorder.record(happening(other));
    await clock.advance(100);
    expect(sent).toHaveLength(2);
  });

  it('writes an Event that comes again after it could not be written', async () => {
    const { clock, recorder, sent, failWith, answerWith } = setUp();
    failWith(apiError(422));
    recorder.record(happening());
    await clock.advance(10);
    answerWith(() => ({}));
    recorder.record(happening());
    await clock.advance(10);
    expect(sent).toHaveLength(2);
  });

  it('writes a thousand Events at once, then ten each second', async () => {
    const { clock, recorder, sent, dropped } = setUp();
    for (let i = 0; i < 1_500; i++) {
      recorder.record(happening({ note: `note ${i}` }));
      if (i === 750) await clock.advance(1_000);
    }
    await clock.advance(4_000);
    const before = sent.length;
    expect(before).toBeLessThan(1_060);
    await clock.advance(10_000);
    expect(sent.length - before).toBe(100);
    await clock.advance(MINUTE);
    expect(sent).toHaveLength(1_500);
    expect(dropped).toEqual([]);
  });

  it('does not keep to the rate when it stops', async () => {
    const { clock, recorder, sent } = setUp();
    for (let i = 0; i < 1_040; i++) {
      recorder.record(happening({ note: `note ${i}` }));
      if (i === 500) await clock.advance(1_000);
    }
    await clock.advance(1_500);
    expect(sent.length).toBeLessThan(1_040);
    const drained = recorder.drain();
    await clock.advance(45);
    await drained;
    expect(sent).toHaveLength(1_040);
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
          hint: `grant the operator's service account create on events.events.k8s.io in the namespace "default"`,
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

  it('writes what is queued before it stops, and nothing after that', async () => {
    const { clock, recorder, sent, dropped } = setUp();
    recorder.record(happening());
    recorder.record(happening({ note: 'last' }));
    const drained = recorder.drain();
    await clock.advance(10);
    await drained;
    expect(sent).toHaveLength(2);
    recorder.record(happening({ note: 'too late' }));
    expect(dropped).toEqual(['stopped']);
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
