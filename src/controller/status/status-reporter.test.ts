// SPDX-License-Identifier: Apache-2.0
// What is reported when; how a status is written is in test/integration, on CRDs of every age.
import { describe, expect, it } from '@jest/globals';
import { parseAllowedServiceAccounts } from '../../api/allowed-service-accounts.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import { ApiError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { EventRecorder } from '../../kube/events/event-recorder.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import { createRecordingLogger } from '../../kube/testing/recording-logger.ts';
import type { AccessOutcome } from '../access/access-outcome.ts';
import type { CachedCredspec } from '../cached-credspec.ts';
import { ADMISSION_ELSEWHERE } from '../webhooks/webhook-health.ts';
import { desiredStatus } from './desired-status.ts';
import { serializeStatus } from './serialized-status.ts';
import { createStatusReporter } from './status-reporter.ts';

type ApiRequest = Parameters<KubeClient['request']>[0];

const CREDSPEC: CachedCredspec = {
  name: 'webapp1',
  uid: 'uid-1',
  resourceVersion: '5',
  generation: 1,
  allowedAnnotation: 'prod/web',
  deleting: false,
  findings: { errors: [], warnings: [] },
  status: '',
};

const IN_PLACE: AccessOutcome = {
  granted: parseAllowedServiceAccounts('prod/web').grants,
  stillBound: [],
  missingNamespaces: [],
  failures: [],
  repairs: [],
  created: [],
};

const CONFLICT: AccessOutcome = {
  ...IN_PLACE,
  granted: [],
  failures: [{ type: 'Conflict', message: 'not ours', transient: false }],
};

function statusOf(access: AccessOutcome, credspec = CREDSPEC): CredspecStatus {
  return desiredStatus({
    credspec,
    allowed: parseAllowedServiceAccounts(credspec.allowedAnnotation),
    access,
    admissionReady: ADMISSION_ELSEWHERE,
    previous: undefined,
    now: new Date('2026-11-24T10:00:00Z'),
  });
}

/** A reporter on a server whose CRD keeps statuses as told. */
function setUp() {
  const world = {
    crd: 'keeps' as 'absent' | 'drops bindings' | 'keeps' | 'without status',
    schema: 'hash-1',
    fails: undefined as ApiError | undefined,
  };
  const writes: string[] = [];
  const events: string[] = [];
  const log = createRecordingLogger();
  const observed: string[] = [];
  const client = {
    request: ({ method, path, body }: ApiRequest) => {
      if (path === '/openapi/v3') {
        const serverRelativeURL = world.schema;
        return Promise.resolve({ paths: { 'apis/windows.k8s.io/v1': { serverRelativeURL } } });
      }
      if (method === 'GET') {
        const names = world.crd === 'absent' ? [] : ['gmsacredentialspecs'];
        if (world.crd !== 'without status') names.push('gmsacredentialspecs/status');
        return Promise.resolve({ resources: names.map((name) => ({ name })) });
      }
      writes.push(method);
      if (world.fails !== undefined) return Promise.reject(world.fails);
      if (world.crd === 'without status') return Promise.reject(new ApiError(method, 404, {}));
      const { metadata, status } = body as { metadata: object; status: CredspecStatus };
      return Promise.resolve({
        metadata: { ...metadata, resourceVersion: '6', generation: 1 },
        status: world.crd === 'drops bindings' ? { ...status, bindings: [] } : status,
      });
    },
  } as unknown as KubeClient;
  const reporter = createStatusReporter({
    client,
    credspecs: {
      observe: ({ metadata }: { metadata: { resourceVersion: string } }) => {
        observed.push(metadata.resourceVersion);
      },
    } as unknown as Informer<CachedCredspec>,
    events: {
      record: ({ reason }: Parameters<EventRecorder['record']>[0]) => {
        events.push(reason);
      },
    } as EventRecorder,
    log,
  });
  const warnings = () => log.lines.filter(({ level }) => level === 'warn').length;
  return { reporter, world, writes, events, warnings, observed };
}

describe('the status reporter', () => {
  it('writes a status that changed, and then tells of it', async () => {
    const { reporter, writes, events } = setUp();
    await reporter.report(CREDSPEC, statusOf(CONFLICT), CONFLICT);
    expect(writes).toEqual(['PATCH']);
    expect(events).toEqual(['Conflict']);
  });

  it('neither writes nor tells what is reported already', async () => {
    const { reporter, writes, events } = setUp();
    const credspec = { ...CREDSPEC, status: serializeStatus(statusOf(CONFLICT)) };
    await reporter.report(credspec, statusOf(CONFLICT), CONFLICT);
    expect([...writes, ...events]).toEqual([]);
  });

  it('tells of a repair even if the status stays the same', async () => {
    const { reporter, events } = setUp();
    const credspec = { ...CREDSPEC, status: serializeStatus(statusOf(IN_PLACE)) };
    await reporter.report(credspec, statusOf(IN_PLACE), { ...IN_PLACE, repairs: ['x'] });
    expect(events).toEqual(['DriftRepaired']);
  });

  it('tells nothing of a status that could not be written', async () => {
    const { reporter, world, events } = setUp();
    world.fails = new ApiError('PATCH', 503, {});
    await expect(reporter.report(CREDSPEC, statusOf(CONFLICT), CONFLICT)).rejects.toThrow('503');
    expect(events).toEqual([]);
  });

  it('keeps a status that the CRD does not, tells of it once, and says so once', async () => {
    const { reporter, world, writes, events, warnings } = setUp();
    world.crd = 'without status';
    for (let i = 0; i < 2; i++) {
      await reporter.report(CREDSPEC, statusOf(CONFLICT), CONFLICT);
      expect(reporter.previous(CREDSPEC)).toEqual(statusOf(CONFLICT));
    }
    expect(writes).toEqual(['PATCH']);
    expect(events).toEqual(['Conflict']);
    expect(warnings()).toBe(2);
  });

  it('does not take a 404 of a credspec that is gone for a CRD without status', async () => {
    const { reporter, world } = setUp();
    world.fails = new ApiError('PATCH', 404, {});
    await expect(reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE)).rejects.toThrow('404');
  });

  it('does not write again what the CRD drops, until its schema changes', async () => {
    const { reporter, world, writes, warnings } = setUp();
    world.crd = 'drops bindings';
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    expect(reporter.previous(CREDSPEC)).toEqual(statusOf(IN_PLACE));
    expect(warnings()).toBe(1);
    // The first look learns the schema, and offers once more what another one might have kept.
    await reporter.refresh();
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    await reporter.refresh();
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    expect(writes).toHaveLength(2);
    world.schema = 'hash-2';
    world.crd = 'keeps';
    await reporter.refresh();
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    expect(writes).toHaveLength(3);
    expect(reporter.previous(CREDSPEC)).toBeUndefined();
  });

  it('does not give the status of a credspec to its successor', async () => {
    const { reporter, world } = setUp();
    world.crd = 'without status';
    await reporter.refresh();
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    expect(reporter.previous({ ...CREDSPEC, uid: 'uid-2' })).toBeUndefined();
    reporter.forget('webapp1');
    expect(reporter.previous(CREDSPEC)).toBeUndefined();
    expect([...reporter.summaries()]).toEqual([]);
  });

  it('takes in its own write only if nobody changed the credspec meanwhile', async () => {
    const { reporter, observed } = setUp();
    const changed = { ...CREDSPEC, allowedAnnotation: undefined };
    await reporter.report(CREDSPEC, statusOf(IN_PLACE), IN_PLACE);
    expect(observed).toEqual([]);
    await reporter.report(changed, statusOf(IN_PLACE, changed), IN_PLACE);
    expect(observed).toEqual(['6']);
  });

  it('summarizes the conditions of each credspec for metrics', async () => {
    const { reporter } = setUp();
    await reporter.report(CREDSPEC, statusOf(CONFLICT), CONFLICT);
    const [[name, conditions] = []] = reporter.summaries();
    expect(name).toBe('webapp1');
    expect(conditions).toContainEqual({
      condition: 'AccessGranted',
      status: 'False',
      reason: 'Conflict',
    });
  });
});
