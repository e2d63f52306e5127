// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import {
  allowedAnnotationHash,
  parseAllowedServiceAccounts,
} from '../../../api/allowed-service-accounts.ts';
import { desiredRoleBinding } from '../../../controller/access/rbac-objects.ts';
import { decodeStoredCredspec, type StoredCredspec } from '../../credspecs.ts';
import { PLAIN } from '../../style.ts';
import type { EventObject } from '../refusal.ts';
import { WEBAPP1, webapp1Pod } from '../testing/pods.ts';
import { isReady, reportCredspecs, type StatusSnapshot, unnamedRefusals } from './report.ts';
import { detailsText, overviewText, reportData, unnamedText } from './report-text.ts';

const condition = (type: string, more: object = {}) => ({
  type,
  status: 'True' as const,
  reason: type,
  message: 'Everything is in place.',
  lastTransitionTime: '2026-11-25T03:00:00Z',
  observedGeneration: 1,
  ...more,
});

const credspec = (more: Partial<StoredCredspec> = {}): StoredCredspec => ({
  apiVersion: 'windows.k8s.io/v1',
  kind: 'GMSACredentialSpec',
  violations: [],
  metadata: { name: 'webapp1', uid: 'u', generation: 1 },
  credspec: WEBAPP1,
  status: {
    observedAnnotationHash: allowedAnnotationHash(undefined),
    conditions: [condition('Ready'), condition('Valid')],
    bindings: [
      { namespace: 'prod', serviceAccounts: ['api', 'web'] },
      { namespace: 'shop', allServiceAccounts: true },
    ],
    missingNamespaces: ['later'],
  },
  ...more,
});

const refused: EventObject = {
  metadata: {},
  involvedObject: { kind: 'ReplicaSet', namespace: 'prod', name: 'api-5f9' },
  reason: 'FailedCreate',
  message:
    'Error creating: admission webhook "validate-pods.gmsa-operator.io" denied the request: service account "api" is not authorized to `use` GMSA cred spec "webapp1": allow it',
  count: 12,
  lastTimestamp: '2026-11-25T03:10:00Z',
};

const older = webapp1Pod({
  name: 'older',
  spec: {
    securityContext: {
      windowsOptions: { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{}' },
    },
  },
});

const snapshot = (more: Partial<StatusSnapshot> = {}): StatusSnapshot => ({
  credspecs: [credspec()],
  definition: 'with-status',
  generated: { type: 'absent' },
  bound: { bindings: [], notLookedAt: [] },
  pods: {
    type: 'read',
    value: [webapp1Pod(), older, webapp1Pod({ name: 'ended', status: { phase: 'Succeeded' } })],
  },
  events: { type: 'read', value: [refused] },
  ...more,
});

describe('reportCredspecs', () => {
  it('counts pods that run, and tells older contents from current ones', () => {
    const [report] = reportCredspecs(snapshot());
    expect(report?.pods).toMatchObject({
      value: [
        { name: 'webapp1-6d4cf56db6-x7k2p', contents: 'current' },
        { name: 'older', contents: 'older' },
      ],
    });
  });

  it.each([
    [true, credspec()],
    [false, credspec({ status: {} })],
    [false, credspec({ status: { conditions: [condition('Ready', { status: 'False' })] } })],
    [false, credspec({ status: { conditions: [condition('Ready', { observedGeneration: 0 })] } })],
  ])('is ready: %s', (ready, of) => {
    expect(reportCredspecs(snapshot({ credspecs: [of] })).map(isReady)).toEqual([ready]);
  });
});

describe('the texts', () => {
  it('are a line for each', () => {
    const other = credspec({
      metadata: { name: 'another', uid: 'v', generation: 2 },
      credspec: {},
      status: {},
    });
    const reports = reportCredspecs(snapshot({ credspecs: [credspec(), other] }));
    expect(overviewText(reports, PLAIN))
      .toBe(`NAME      READY     REASON                         ACCOUNT   DOMAIN        PODS   OLDER   REFUSED
another   Unknown   no operator has looked at it   -         -             0      0       0
webapp1   True      Ready                          WebApp1   contoso.com   2      1       12
`);
    expect(overviewText([], PLAIN)).toBe('There are no credential specs in this cluster.\n');
  });

  it('are all there is to say of one', () => {
    const [report] = reportCredspecs(snapshot());
    expect(report && detailsText(report, PLAIN)).toBe(`webapp1: WebApp1 in contoso.com

CONDITION   STATUS   REASON   MESSAGE
Ready       True     Ready    Everything is in place.
Valid       True     Valid    Everything is in place.

MAY BE USED IN   BY
prod             api, web
shop             every service account
later            (there is no such namespace)

POD                             NODE        PHASE     CONTENTS
prod/webapp1-6d4cf56db6-x7k2p   windows-0   Running   current
prod/older                      windows-0   Running   older
Pods with older contents get the new ones when they are made again.

REFUSED                   TIMES   LAST                   WHY
prod/ReplicaSet api-5f9   12      2026-11-25T03:10:00Z   service account "api" is not authorized to \`use\` GMSA cred spec "webapp1": allow it
`);
  });

  it.each([
    [
      { metadata: { name: 'web', uid: 'u', generation: 1 }, credspec: {} },
      'web: it names neither account nor domain\nNo operator has looked at it yet: kubectl gmsa doctor shows why.\n\nIts annotation allows nobody: kubectl gmsa allow web NAMESPACE/NAME allows somebody.\n',
    ],
    [
      {
        metadata: {
          ...{ name: 'web', uid: 'u', generation: 1 },
          annotations: { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' },
        },
        credspec: { DomainJoinConfig: { DnsName: 'contoso.com' } },
      },
      'web: an account that it does not name in contoso.com\nNo operator has looked at it yet: kubectl gmsa doctor shows why.\n\nNobody may use it by its annotation yet: what that allows is not in force.\n',
    ],
  ])('say so where there is no status: %#', (more, text) => {
    const of = { ...credspec(), ...more, status: {} };
    const [report] = reportCredspecs(snapshot({ credspecs: [of] }));
    expect(report && detailsText(report, PLAIN)).toBe(`${text}\nNo pod runs as it.\n`);
  });

  describe('where the definition keeps no status', () => {
    const of = (allowed: string): StoredCredspec =>
      credspec({
        metadata: {
          ...{ name: 'webapp1', uid: 'u', generation: 1 },
          annotations: { 'gmsa-operator.io/allowed-service-accounts': allowed },
        },
      });
    const granted = (allowed: string): StatusSnapshot['generated'] => ({
      type: 'read',
      value: (name) => ({
        bindings: parseAllowedServiceAccounts(allowed).grants.map((grant) =>
          desiredRoleBinding({ name, uid: 'u' }, grant),
        ),
        hasNamespace: (namespace) => namespace !== 'later',
      }),
    });
    const reportOf = (allowed: string, generated: StatusSnapshot['generated']) =>
      reportCredspecs(
        snapshot({
          ...{ credspecs: [of(allowed)], definition: 'without-status', generated },
          ...{ pods: { type: 'read', value: [] }, events: { type: 'read', value: [] } },
        }),
      );
    const unreadable = { type: 'unreadable', why: 'no' } as const;

    it('go by the RoleBindings', () => {
      const reports = reportOf('prod/web, later/x', granted('prod/web'));
      expect(reports.map(isReady)).toEqual([true]);
      expect(overviewText(reports, PLAIN)).toContain(
        'webapp1   -       no status is kept; the annotation is in force',
      );
      expect(reports.map((report) => detailsText(report, PLAIN))).toEqual([
        `webapp1: WebApp1 in contoso.com
The CustomResourceDefinition keeps no status. What the operator says of it: kubectl describe gmsacredentialspec webapp1

MAY BE USED IN   BY
prod             web
later            (there is no such namespace)

No pod runs as it.
`,
      ]);
      expect(reportData(reports, [])).toMatchObject([
        {
          statusKept: false,
          annotationInForce: true,
          problems: [],
          bindings: [{}],
          conditions: [],
        },
      ]);
    });

    it.each<readonly [string, string, StatusSnapshot['generated'], string]>([
      [
        'not in force',
        'prod/web, shop/*',
        granted('prod/web'),
        '\nIts annotation is not in force in: shop. kubectl gmsa doctor looks for the cause.\n',
      ],
      [
        'are wrong',
        'prod/web, */x',
        granted('prod/web'),
        '\nproblem: Annotation gmsa-operator.io/allowed-service-accounts: entry "*/x" ',
      ],
      [
        'may not be read',
        'prod/web',
        unreadable,
        '\nYou may not read RoleBindings: whether its annotation is in force is left out.\n',
      ],
    ])('say what is %s', (reason, allowed, generated, text) => {
      const reports = reportOf(allowed, generated);
      expect(reports.map(isReady)).toEqual([false]);
      expect(overviewText(reports, PLAIN)).toMatch(new RegExp(`no status is kept; .*${reason}`));
      expect(reports.map((report) => detailsText(report, PLAIN)).join('')).toContain(text);
    });
  });

  it('show what violates the schema as what it is, and who has access all the same', () => {
    const allowed = { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' };
    const number = decodeStoredCredspec({
      ...credspec(),
      metadata: { name: 'number', uid: 'u', generation: 1, annotations: allowed },
      credspec: { DomainJoinConfig: { MachineAccountName: 4711, DnsName: ['corp.example'] } },
      status: { conditions: 5 },
    });
    const reports = reportCredspecs(
      snapshot({
        credspecs: [number],
        generated: {
          type: 'read',
          value: () => ({
            bindings: parseAllowedServiceAccounts('prod/web').grants.map((grant) =>
              desiredRoleBinding({ name: 'number', uid: 'u' }, grant),
            ),
            hasNamespace: () => true,
          }),
        },
      }),
    );
    expect(reports.map(isReady)).toEqual([false]);
    expect(overviewText(reports, PLAIN)).toMatch(
      /^number +- +it violates the schema; .+ +4711 \(a number\) +\(a list\) +0 /m,
    );
    const text = reports.map((report) => detailsText(report, PLAIN)).join('');
    expect(text).toContain('number: 4711 (a number) in (a list)\n');
    expect(text).toContain('To fix: kubectl edit gmsacredentialspec number\n');
    for (const problem of [
      'credspec.DomainJoinConfig.MachineAccountName is a number, not a string',
      'credspec.DomainJoinConfig.DnsName is a list, not a string',
      'status.conditions is a number, not a list',
    ]) {
      expect(text).toContain(`problem: It violates the schema: ${problem}.\n`);
    }
    expect(text).toContain('MAY BE USED IN   BY\nprod             web\n');
    expect(reportData(reports, [])).toMatchObject([
      { account: '4711 (a number)', annotationInForce: true, violations: { length: 3 } },
    ]);
  });

  it('name the bindings that others have made', () => {
    const roleRef = {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'gmsa-operator:webapp1',
    };
    const binding = (metadata: { name: string; namespace?: string }, subjects: object) => ({
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
      ...{ metadata, roleRef, subjects: [subjects] as never },
    });
    const bindings = [
      binding(
        { name: 'own', namespace: 'shop' },
        { kind: 'ServiceAccount', name: 'other', namespace: 'shop' },
      ),
      binding({ name: 'everywhere' }, { kind: 'Group', name: 'system:authenticated' }),
      {
        ...binding({ name: 'of-another', namespace: 'shop' }, { kind: 'User', name: 'jane' }),
        roleRef: { ...roleRef, name: 'gmsa-operator:webapp2' },
      },
      ...parseAllowedServiceAccounts('prod/web').grants.map((grant) =>
        desiredRoleBinding({ name: 'webapp1', uid: 'u' }, grant),
      ),
    ];
    const textOf = (bound: StatusSnapshot['bound']) =>
      reportCredspecs(snapshot({ bound }))
        .map((report) => detailsText(report, PLAIN))
        .join('');
    expect(textOf({ bindings, notLookedAt: [] })).toContain(`
BOUND BY OTHERS                 ALLOWS
RoleBinding shop/own            ServiceAccount shop/other
ClusterRoleBinding everywhere   Group system:authenticated

POD `);
    expect(textOf({ bindings: [], notLookedAt: ['clusterrolebindings'] })).toContain(
      '\nYou are not allowed to list clusterrolebindings: access that others have granted there is left out.\n',
    );
    expect(
      reportData(reportCredspecs(snapshot({ bound: { bindings, notLookedAt: [] } })), []),
    ).toMatchObject([
      {
        otherBindings: [
          {
            kind: 'RoleBinding',
            namespace: 'shop',
            name: 'own',
            subjects: ['ServiceAccount shop/other'],
          },
          { kind: 'ClusterRoleBinding', name: 'everywhere' },
        ],
      },
    ]);
  });

  it('tell of refusals that name no credential spec', () => {
    const unanswered: EventObject = {
      ...refused,
      message:
        'Error creating: Internal error occurred: failed calling webhook "mutate-pods.gmsa-operator.io": connection refused',
      lastTimestamp: '2026-11-25T03:20:00Z',
    };
    const events = [{ ...unanswered, lastTimestamp: '2026-11-25T03:15:00Z' }, refused, unanswered];
    const text = (of: readonly EventObject[]) =>
      unnamedText(unnamedRefusals({ events: { type: 'read', value: of } }), PLAIN);
    expect(text(events)).toBe(`
Pods with a GMSA were refused without naming it: 24 times. Last 2026-11-25T03:20:00Z, prod/ReplicaSet api-5f9: Internal error occurred: failed calling webhook "mutate-pods.gmsa-operator.io": connection refused
kubectl gmsa doctor shows why.
`);
    expect(text([refused])).toBe('');
    const data = (of: readonly EventObject[]) =>
      reportData([], unnamedRefusals({ events: { type: 'read', value: of } }));
    expect(data(events)).toMatchObject([
      { name: null, refusals: [{ reason: 'nobody-answers', count: 12 }, { count: 12 }] },
    ]);
    expect(data([refused])).toEqual([]);
  });

  it('say what the reader may not list', () => {
    const unreadable = { type: 'unreadable', why: 'no' } as const;
    const [report] = reportCredspecs(snapshot({ pods: unreadable, events: unreadable }));
    const text = report === undefined ? '' : detailsText(report, PLAIN);
    expect(text).toContain('You may not list pods: what they would tell is left out.\n');
    expect(text).toContain('You may not list Events');
    expect(reportData(report === undefined ? [] : [report], [])).toMatchObject([
      { pods: null, refusals: null },
    ]);
  });
});
