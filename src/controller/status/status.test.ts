// SPDX-License-Identifier: Apache-2.0
// Status, its serialized form and its news: they are of use only together.
import { describe, expect, it } from '@jest/globals';
import {
  allowedAnnotationHash,
  parseAllowedServiceAccounts,
} from '../../api/allowed-service-accounts.ts';
import type { DesiredCondition } from '../../api/conditions.ts';
import type { CredspecStatus } from '../../api/credspec.ts';
import type { AccessOutcome } from '../access/access-outcome.ts';
import type { CachedCredspec } from '../cached-credspec.ts';
import { ADMISSION_ELSEWHERE } from '../webhooks/webhook-health.ts';
import { desiredStatus } from './desired-status.ts';
import { parseSerializedStatus, serializeStatus } from './serialized-status.ts';
import { repairNews, statusNews } from './status-news.ts';

const NOW = new Date('2026-11-24T10:00:00Z');
const LATER = new Date('2026-11-24T11:00:00Z');

function status(
  options: {
    readonly allowed?: string;
    readonly errors?: readonly string[];
    readonly warnings?: readonly string[];
    readonly access?: Partial<AccessOutcome>;
    readonly admissionReady?: DesiredCondition<'AdmissionReady'>;
    readonly previous?: CredspecStatus;
    readonly now?: Date;
  } = {},
): CredspecStatus {
  const allowed = parseAllowedServiceAccounts(options.allowed);
  const credspec: CachedCredspec = {
    name: 'webapp1',
    uid: 'uid-1',
    resourceVersion: '5',
    generation: 3,
    allowedAnnotation: options.allowed,
    deleting: false,
    findings: { errors: options.errors ?? [], warnings: options.warnings ?? [] },
    status: '',
  };
  return desiredStatus({
    credspec,
    allowed,
    access: {
      granted: allowed.grants,
      stillBound: [],
      missingNamespaces: [],
      failures: [],
      repairs: [],
      created: [],
      ...options.access,
    },
    admissionReady: options.admissionReady ?? ADMISSION_ELSEWHERE,
    previous: options.previous,
    now: options.now ?? NOW,
  });
}

const CONFLICT: Partial<AccessOutcome> = {
  granted: [],
  failures: [{ type: 'Conflict', message: 'RoleBinding a/b exists', transient: false }],
};

function condition(of: CredspecStatus, type: string) {
  const found = of.conditions?.find((candidate) => candidate.type === type);
  return `${String(found?.status)}/${String(found?.reason)}`;
}

describe('the status', () => {
  it.each<readonly [string, Parameters<typeof status>[0], Readonly<Record<string, string>>]>([
    [
      'all is well',
      { allowed: 'prod/web' },
      { Ready: 'True/Ready', Valid: 'True/Valid', AccessGranted: 'True/AccessGranted' },
    ],
    ['nothing is asked for', {}, { Ready: 'True/NoServiceAccounts' }],
    [
      'contents are wrong',
      { allowed: 'prod/web', errors: ['bad Sid'] },
      {
        Ready: 'False/InvalidContents',
        Valid: 'False/InvalidContents',
        AccessGranted: 'True/AccessGranted',
      },
    ],
    [
      'an entry is wrong',
      { allowed: 'prod/web oops' },
      { Ready: 'False/InvalidAnnotation', Valid: 'False/InvalidAnnotation' },
    ],
    [
      'both are wrong: the contents are told first',
      { allowed: 'oops', errors: ['bad Sid'] },
      { Valid: 'False/InvalidContents' },
    ],
    [
      'contents are suspicious',
      { allowed: 'prod/web', warnings: ['odd name'] },
      { Ready: 'True/ContentsSuspicious', Valid: 'True/ContentsSuspicious' },
    ],
    [
      'a namespace is missing: it holds nobody up',
      { allowed: 'prod/web', access: { granted: [], missingNamespaces: ['prod'] } },
      { Ready: 'True/NamespacesMissing', AccessGranted: 'True/NamespacesMissing' },
    ],
    [
      'an object is somebody else’s',
      { allowed: 'prod/web', access: CONFLICT },
      { Ready: 'False/Conflict', AccessGranted: 'False/Conflict' },
    ],
    ['admission is not ours', {}, { AdmissionReady: 'True/ManagedElsewhere' }],
    [
      'admission does not work',
      {
        allowed: 'prod/web',
        admissionReady: {
          type: 'AdmissionReady',
          status: 'False',
          reason: 'CABundleMismatch',
          message: 'no',
        },
      },
      { Ready: 'False/CABundleMismatch', AdmissionReady: 'False/CABundleMismatch' },
    ],
  ])('when %s', (_, options, expected) => {
    const result = status(options);
    for (const [type, value] of Object.entries(expected)) {
      expect(condition(result, type)).toBe(value);
    }
    expect(result.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([
      3, 3, 3, 3,
    ]);
  });

  it('says by the hash that the annotation is in force, and not before it is', () => {
    const before = status({ allowed: 'prod/web' });
    expect(before.observedAnnotationHash).toBe(allowedAnnotationHash('prod/web'));
    const failing = status({ allowed: 'prod/api', access: CONFLICT, previous: before });
    expect(failing.observedAnnotationHash).toBe(allowedAnnotationHash('prod/web'));
    expect(status({ access: CONFLICT }).observedAnnotationHash).toBeUndefined();
    expect(status().observedAnnotationHash).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('does not call revoked what is still bound', () => {
    const before = status({ allowed: 'dev/web prod/web' });
    const refused: Partial<AccessOutcome> = {
      failures: [{ type: 'Forbidden', message: 'no', transient: false }],
      stillBound: ['prod'],
    };
    const after = status({ allowed: 'dev/web', access: refused, previous: before });
    expect(after.bindings?.map(({ namespace }) => namespace)).toEqual(['dev', 'prod']);
    expect(statusNews(before, after).map(({ reason }) => reason)).toEqual(['Forbidden']);
  });

  it('does not change as time goes by', () => {
    const first = status({ allowed: 'prod/web' });
    const second = status({ allowed: 'prod/web', previous: first, now: LATER });
    expect(serializeStatus(second)).toBe(serializeStatus(first));
  });
});

describe('the serialized status', () => {
  const full = status({ allowed: 'prod/web dev/*', warnings: ['odd name'] });

  it('is read back as it was', () => {
    expect(parseSerializedStatus(serializeStatus(full))).toEqual(full);
    expect(parseSerializedStatus(serializeStatus(undefined))).toBeUndefined();
  });

  it('does not depend on the order in which the API server keeps things', () => {
    const shuffled = {
      ...Object.fromEntries(Object.entries(full).toReversed()),
      conditions: (full.conditions ?? []).toReversed(),
    };
    expect(serializeStatus(shuffled)).toBe(serializeStatus(full));
  });

  it('does not see conditions of others', () => {
    const foreign = {
      type: 'Audited',
      status: 'True',
      reason: 'X',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    } as const;
    expect(serializeStatus({ ...full, conditions: [foreign, ...(full.conditions ?? [])] })).toBe(
      serializeStatus(full),
    );
  });
});

describe('the news', () => {
  const reasons = (previous: CredspecStatus | undefined, next: CredspecStatus) =>
    statusNews(previous, next).map(({ type, reason, note }) => `${type} ${reason} ${note}`);

  it('are none for a credspec that is fine from the first', () => {
    expect(reasons(undefined, status({ allowed: 'prod/web' }))).toEqual([]);
  });

  it('are none when nothing changed', () => {
    const wrong = status({ allowed: 'oops', access: CONFLICT });
    expect(reasons(wrong, wrong)).toEqual([]);
  });

  it('tell who was granted and who was revoked', () => {
    const before = status({ allowed: 'prod/web prod/api' });
    const after = status({ allowed: 'prod/web dev/*', previous: before });
    expect(reasons(before, after)).toEqual([
      'Normal AccessRevoked Revoked from prod/api',
      'Normal AccessGranted Granted to dev/*',
    ]);
  });

  it('tell of what is wrong, once, and that it is right again', () => {
    const wrong = status({ allowed: 'prod/web', access: CONFLICT });
    const right = status({ allowed: 'prod/web', previous: wrong });
    expect(reasons(undefined, wrong)).toEqual(['Warning Conflict RoleBinding a/b exists']);
    expect(reasons(wrong, right)).toEqual([
      'Normal AccessGranted Granted to prod/web',
      'Normal Ready The credspec is ready again.',
    ]);
  });

  it('do not tell of admission, which is the same for all credspecs', () => {
    const admissionReady = {
      type: 'AdmissionReady',
      status: 'False',
      reason: 'CertificateInvalid',
      message: 'expired',
    } as const;
    const right = status({ allowed: 'prod/web' });
    const wrong = status({ allowed: 'prod/web', admissionReady, previous: right });
    expect(reasons(right, wrong)).toEqual([]);
    expect(reasons(wrong, status({ allowed: 'prod/web', previous: wrong }))).toEqual([]);
  });

  it('tell of objects that had to be made again, and not of those that are new', () => {
    const previous = status({ allowed: 'prod/web' });
    const created = [
      'RoleBinding prod/gmsa-operator:webapp1',
      'RoleBinding dev/gmsa-operator:webapp1',
    ];
    expect(repairNews(previous, { repairs: [], created }).map(({ note }) => note)).toEqual([
      'RoleBinding prod/gmsa-operator:webapp1 was deleted and restored',
    ]);
    expect(repairNews(undefined, { repairs: [], created })).toEqual([]);
  });

  it('tell of what others did, also where no status was reported before', () => {
    const repairs = ['x was changed by kubectl-edit and restored'];
    expect(repairNews(undefined, { repairs, created: [] })).toMatchObject([
      { type: 'Warning', reason: 'DriftRepaired', note: repairs[0] },
    ]);
  });
});
