// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../kube/client/api-error.ts';
import { createRecordingLogger } from '../kube/testing/recording-logger.ts';
import type { CredspecStatus } from '../api/credspec.ts';
import type { AccessFailure } from './access/access-failure.ts';
import type { AccessOutcome } from './access/access-outcome.ts';
import type { AccessRequest } from './access/access-reconciler.ts';
import type { CachedCredspec } from './cached-credspec.ts';
import { reconcileCredspec, UNREPORTED_TRANSIENT_FAILURES } from './reconcile-credspec.ts';
import type { PacedAdmissionReady } from './status/paced-admission-ready.ts';
import { ADMISSION_ELSEWHERE } from './webhooks/webhook-health.ts';

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
  granted: [{ namespace: 'prod', serviceAccounts: ['web'], allServiceAccounts: false }],
  stillBound: [],
  missingNamespaces: [],
  failures: [],
  repairs: [],
  created: [],
};

const CONFLICT: AccessFailure = { type: 'Conflict', message: 'not ours', transient: false };
const OUTAGE: AccessFailure = { type: 'WriteFailed', message: 'HTTP 503', transient: true };

const REPORT: PacedAdmissionReady = { type: 'report', condition: ADMISSION_ELSEWHERE };

interface World {
  readonly credspec?: CachedCredspec | undefined;
  readonly access?: AccessOutcome | 'superseded';
  readonly admission?: PacedAdmissionReady;
  readonly previous?: CredspecStatus;
  readonly strays?: readonly string[];
  readonly generated?: { readonly roles?: number; readonly bindings?: number };
  /** The API server's answer to a live read. */
  readonly live?: 'found' | 'not found' | 'unavailable';
  readonly reportFails?: boolean;
}

/** What a reconcile is given, and what it did with it. */
function setUp(world: World) {
  const did: string[] = [];
  const requests: AccessRequest[] = [];
  const statuses: CredspecStatus[] = [];
  let credspec = 'credspec' in world ? world.credspec : CREDSPEC;
  const objects = (count = 0) =>
    Array.from({ length: count }, () => ({ name: '', uid: '', resourceVersion: '' }));
  const context: Parameters<typeof reconcileCredspec>[0] = {
    client: {
      request: <T>() => {
        did.push('read live');
        if (world.live === 'found') return Promise.resolve({} as T);
        const code = world.live === 'unavailable' ? 503 : 404;
        return Promise.reject(new ApiError('GET', code, {}));
      },
    },
    caches: {
      credspecs: { get: () => credspec },
      clusterRoles: { named: () => objects(world.generated?.roles) },
      roleBindings: { named: () => objects(world.generated?.bindings) },
    },
    strays: { namespaces: () => world.strays ?? [] },
    access: {
      reconcile: (request) => {
        requests.push(request);
        return Promise.resolve(world.access ?? IN_PLACE);
      },
      revokeAll: () => {
        did.push('revoke all');
        return Promise.resolve();
      },
    },
    reporter: {
      previous: () => world.previous,
      report: (_, status) => {
        if (world.reportFails === true) return Promise.reject(new Error('no status today'));
        did.push('report');
        statuses.push(status);
        return Promise.resolve();
      },
      forget: () => {
        did.push('forget');
      },
    },
    admissionReady: () => world.admission ?? REPORT,
    repairs: {
      happened: () => {
        did.push('count repair');
      },
    },
    clock: { now: () => new Date('2026-11-24T10:00:00Z') },
    log: createRecordingLogger(),
  };
  return {
    did,
    requests,
    reason: (type: string) =>
      statuses[0]?.conditions?.find((condition) => condition.type === type)?.reason,
    become: (next: CachedCredspec | undefined) => {
      credspec = next;
    },
    run: async (failures = 0): Promise<string> => {
      try {
        return (await reconcileCredspec(context, 'webapp1', failures)).type;
      } catch (error) {
        return `throws: ${(error as Error).message}`;
      }
    },
  };
}

const failing = (...failures: readonly AccessFailure[]): AccessOutcome => ({
  ...IN_PLACE,
  granted: [],
  failures,
});

describe('a reconcile of a credspec', () => {
  it.each<readonly [string, World, string, readonly string[]]>([
    ['is done when all is in place', {}, 'done', ['report']],
    [
      'counts repairs, because a rival must not be fought at full speed',
      { access: { ...IN_PLACE, repairs: ['x was restored'] } },
      'done',
      ['count repair', 'report'],
    ],
    [
      'comes back, with its condition reported, for what only a person can correct',
      { access: failing(CONFLICT) },
      'retry',
      ['report'],
    ],
    [
      'fails without a word for what is likely to pass',
      { access: failing(OUTAGE) },
      'throws: HTTP 503',
      [],
    ],
    [
      'fails for what is likely to pass, whatever else is wrong',
      { access: failing(CONFLICT, OUTAGE) },
      'throws: HTTP 503',
      [],
    ],
    ['reports nothing when it is superseded', { access: 'superseded' }, 'done', []],
    [
      'reports nothing while nothing is known of admission',
      { admission: { type: 'unknown' } },
      'done',
      [],
    ],
    [
      'comes back when it has to wait for its turn to report admission',
      { admission: { type: 'wait', condition: ADMISSION_ELSEWHERE } },
      'retry',
      ['report'],
    ],
    [
      'fails when the status cannot be written',
      { reportFails: true },
      'throws: no status today',
      [],
    ],
  ])('%s', async (_, world, result, did) => {
    const reconcile = setUp(world);
    expect(await reconcile.run()).toBe(result);
    expect(reconcile.did).toEqual(did);
  });

  it.each([
    [UNREPORTED_TRANSIENT_FAILURES - 1, []],
    [UNREPORTED_TRANSIENT_FAILURES, ['report']],
    [UNREPORTED_TRANSIENT_FAILURES + 1, ['report']],
  ])('after %i failures that are likely to pass reports %j, and fails', async (failures, did) => {
    const reconcile = setUp({ access: failing(OUTAGE) });
    expect(await reconcile.run(failures)).toBe('throws: HTTP 503');
    expect(reconcile.did).toEqual(did);
    if (did.length > 0) expect(reconcile.reason('AccessGranted')).toBe('WriteFailed');
  });

  it('reports what the access reconciler found, and AdmissionReady as it is paced', async () => {
    const reconcile = setUp({ access: failing(CONFLICT) });
    await reconcile.run();
    expect(reconcile.reason('AccessGranted')).toBe('Conflict');
    expect(reconcile.reason('AdmissionReady')).toBe('ManagedElsewhere');
  });

  it('asks for what the annotation allows, and for the namespaces that were bound before', async () => {
    const reconcile = setUp({ previous: { bindings: [{ namespace: 'old' }] } });
    await reconcile.run();
    expect(reconcile.requests).toMatchObject([
      { credspec: CREDSPEC, grants: [{ namespace: 'prod' }], boundBefore: ['old'] },
    ]);
  });

  it.each<readonly [string, CachedCredspec | undefined, boolean]>([
    ['its status changed', { ...CREDSPEC, resourceVersion: '6', status: '{}' }, true],
    ['its annotation changed', { ...CREDSPEC, allowedAnnotation: 'dev/web' }, false],
    ['its contents changed', { ...CREDSPEC, generation: 2 }, false],
    ['it is being deleted', { ...CREDSPEC, deleting: true }, false],
    ['it was recreated', { ...CREDSPEC, uid: 'uid-2' }, false],
    ['it is gone', undefined, false],
  ])('when %s meanwhile, is current: %#', async (_, next, isCurrent) => {
    const reconcile = setUp({});
    await reconcile.run();
    reconcile.become(next);
    expect(reconcile.requests[0]?.isCurrent()).toBe(isCurrent);
  });
});

describe('a reconcile of a credspec that is gone', () => {
  it.each<readonly [string, World, string, readonly string[]]>([
    ['does nothing when nothing was generated', {}, 'done', ['forget']],
    [
      'revokes after a live read says so too',
      { generated: { roles: 1, bindings: 2 }, live: 'not found' },
      'done',
      ['forget', 'read live', 'revoke all'],
    ],
    [
      'revokes a binding whose ClusterRole is gone',
      { generated: { bindings: 1 } },
      'done',
      ['forget', 'read live', 'revoke all'],
    ],
    [
      'revokes a binding that the cache does not show',
      { credspec: { ...CREDSPEC, deleting: true }, strays: ['prod'] },
      'done',
      ['forget', 'revoke all'],
    ],
    [
      'revokes nothing when only the cache does not know the credspec yet',
      { generated: { roles: 1, bindings: 1 }, live: 'found' },
      'again',
      ['forget', 'read live'],
    ],
    [
      'fails when nobody can say whether it is gone',
      { generated: { roles: 1 }, live: 'unavailable' },
      'throws: GET: 503 no message',
      ['forget', 'read live'],
    ],
    [
      'revokes at once when it is being deleted',
      { credspec: { ...CREDSPEC, deleting: true }, generated: { roles: 1 } },
      'done',
      ['forget', 'revoke all'],
    ],
  ])('%s', async (_, world, result, did) => {
    const reconcile = setUp({ credspec: undefined, ...world });
    expect(await reconcile.run()).toBe(result);
    expect(reconcile.did).toEqual(did);
    expect(reconcile.requests).toEqual([]);
  });
});
