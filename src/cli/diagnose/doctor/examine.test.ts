// SPDX-License-Identifier: Apache-2.0
// The checks on a cluster in which all is well, but for one thing.
import { describe, expect, it } from '@jest/globals';
import type { Webhook } from '../../../controller/webhooks/registration-types.ts';
import { newAuthority, newServing } from '../../../pki/testing/certificates.ts';
import { PLAIN } from '../../style.ts';
import { valueOr } from '../reading.ts';
import { webapp1Pod } from '../testing/pods.ts';
import { read } from '../testing/read.ts';
import { NOW, soundSnapshot, webapp1Credspec } from '../testing/snapshots.ts';
import { examine } from './examine.ts';
import { type Finding, found } from './finding.ts';
import { findingsText, summaryText } from './findings-text.ts';
import type { Purpose } from './permissions.ts';
import { DOCTOR_REMEDIES } from './remedies.ts';
import type { Snapshot } from './snapshot.ts';

const SOUND = await soundSnapshot();
const UNREADABLE = { type: 'unreadable', why: 'no' } as const;
const ABSENT = { type: 'absent' } as const;
const DAY = 86_400_000;

function wrong(change: Partial<Snapshot>): readonly Finding[] {
  return examine({ ...SOUND, ...change }).filter(({ severity }) => severity !== 'ok');
}

const own = {
  mutating: valueOr(SOUND.mutating, [])[0],
  validating: valueOr(SOUND.validating, [])[0],
};
if (own.mutating === undefined || own.validating === undefined) throw new Error('they are there');
const { mutating, validating } = { mutating: own.mutating, validating: own.validating };

/** As kubernetes-sigs/windows-gmsa registers itself. */
const OTHER: Webhook = {
  name: 'admission-webhook.windows-gmsa.sigs.k8s.io',
  clientConfig: { service: { namespace: 'gmsa', name: 'gmsa', path: '/validate', port: 443 } },
  rules: [
    {
      apiGroups: [''],
      apiVersions: ['*'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['pods'],
      scope: '*',
    },
  ],
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  sideEffects: 'None',
  timeoutSeconds: 10,
  admissionReviewVersions: ['v1'],
};

/** The annotation was changed, and could not be put in force. */
const conflicting = (allowed: string) => {
  const condition = (type: string) => ({
    ...{ type, status: 'False' as const, reason: 'Conflict', message: 'm' },
    ...{ lastTransitionTime: '2026-11-25T03:00:00Z', observedGeneration: 1 },
  });
  const { metadata, status } = webapp1Credspec();
  return read([
    webapp1Credspec({
      metadata: {
        ...metadata,
        annotations: { 'gmsa-operator.io/allowed-service-accounts': allowed },
      },
      status: { ...status, conditions: [condition('Ready'), condition('AccessGranted')] },
    }),
  ]);
};

const ready = (more: object) =>
  read([
    webapp1Credspec({
      status: {
        ...webapp1Credspec().status,
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Ready',
            message: 'm',
            lastTransitionTime: '2026-11-25T03:00:00Z',
            observedGeneration: 1,
            ...more,
          },
        ],
      },
    }),
  ]);

describe('a cluster in which all is well', () => {
  it('has no findings but good ones', () => {
    expect(wrong({})).toEqual([]);
    expect(examine(SOUND).length).toBeGreaterThan(10);
    expect(summaryText(examine(SOUND))).toBe('Nothing is wrong.');
  });
});

describe('a cluster in which one thing is wrong', () => {
  const crd = (...versions: object[]) =>
    read({
      spec: { versions: versions as { name: string; served: boolean }[] },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    });
  const lease = (spec: object) => read({ spec });
  const node = (kernelVersion: string, status = 'True') =>
    read([
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'windows-9' },
        status: { conditions: [{ type: 'Ready', status }], nodeInfo: { kernelVersion } },
      },
    ]);
  const [webhook] = mutating.webhooks ?? [];

  it.each<readonly [string, string, string, Partial<Snapshot>]>([
    ['error', 'cluster', 'is too old', { kubernetes: read('v1.29.9') }],
    ['unknown', 'cluster', 'the version of Kubernetes', { kubernetes: UNREADABLE }],
    ['error', 'cluster', 'there is no CustomResourceDefinition', { crd: ABSENT }],
    ['unknown', 'cluster', 'CustomResourceDefinitions', { crd: UNREADABLE }],
    [
      'error',
      'cluster',
      'serves v1alpha1, not v1',
      { crd: crd({ name: 'v1alpha1', served: true }) },
    ],
    ['warning', 'cluster', 'no status in v1', { crd: crd({ name: 'v1', served: true }) }],
    ['error', 'cluster', 'not established', { crd: read({ spec: { versions: [] } }) }],
    ['error', 'operator', 'no operator has ever led', { lease: ABSENT }],
    ['error', 'operator', 'nobody holds the Lease', { lease: lease({ holderIdentity: '' }) }],
    [
      'error',
      'operator',
      'has not renewed it since',
      { lease: lease({ holderIdentity: 'a', renewTime: '2026-11-25T03:59:00Z' }) },
    ],
    ['error', 'operator', 'has not renewed it', { lease: lease({ holderIdentity: 'a' }) }],
    ['error', 'certificate', 'there is no Secret', { certificate: ABSENT }],
    ['unknown', 'certificate', 'Secrets in namespace', { certificate: UNREADABLE }],
    ['error', 'certificate', 'no replica serves', { handshakes: read([]) }],
    ['unknown', 'certificate', 'EndpointSlices', { handshakes: UNREADABLE }],
    [
      'note',
      'certificate',
      'is not reached from here: ETIMEDOUT',
      {
        handshakes: read([
          { endpoint: 'a:1', through: 'network', type: 'unreachable', why: 'ETIMEDOUT' },
        ]),
      },
    ],
    [
      'error',
      'certificate',
      'serves what the configurations do not trust',
      {
        handshakes: read([
          { endpoint: 'a:1', through: 'network', type: 'refused', why: 'CERT_HAS_EXPIRED' },
        ]),
      },
    ],
    ['unknown', 'webhooks', 'webhook configurations', { validating: UNREADABLE }],
    ['error', 'webhooks', 'there is no ValidatingWebhookConfiguration', { validating: read([]) }],
    [
      'error',
      'webhooks',
      'failurePolicy of mutate-pods.gmsa-operator.io',
      {
        mutating: read([
          { ...mutating, webhooks: webhook ? [{ ...webhook, failurePolicy: 'Ignore' }] : [] },
        ]),
      },
    ],
    [
      'error',
      'webhooks',
      'label admissions.enforcer/disabled',
      {
        mutating: read([
          {
            ...mutating,
            metadata: {
              ...mutating.metadata,
              labels: { 'app.kubernetes.io/managed-by': 'gmsa-operator' },
            },
          },
        ]),
      },
    ],
    [
      'error',
      'webhooks',
      'admission-webhook.windows-gmsa.sigs.k8s.io does not belong there',
      { validating: read([{ ...validating, webhooks: [...(validating.webhooks ?? []), OTHER] }]) },
    ],
    [
      'warning',
      'webhooks',
      'validatingwebhookconfiguration/gmsa-webhook is called for every pod',
      {
        validating: read([
          validating,
          { ...validating, metadata: { name: 'gmsa-webhook' }, webhooks: [OTHER] },
        ]),
      },
    ],
    [
      'note',
      'webhooks',
      'looks at pods with a GMSA, too',
      {
        validating: read([
          validating,
          {
            ...validating,
            metadata: { name: 'aks-gmsa' },
            webhooks: [{ ...OTHER, failurePolicy: 'Ignore' }],
          },
        ]),
      },
    ],
    [
      'error',
      'rbac',
      'the operator may not update leases/gmsa-operator in x',
      {
        missingPermissions: read([
          { verb: 'update', group: '', resource: 'leases', name: 'gmsa-operator', namespace: 'x' },
        ]),
      },
    ],
    ['unknown', 'rbac', 'SubjectAccessReviews', { missingPermissions: UNREADABLE }],
    ['warning', 'rbac', 'gmsa-operator-confinement', { policies: read([]) }],
    ['note', 'nodes', 'there are no Windows nodes', { nodes: read([]) }],
    ['error', 'nodes', 'windows-9 is not ready', { nodes: node('10.0.20348', 'Unknown') }],
    ['warning', 'nodes', 'build 10.0.17763.1757', { nodes: node('10.0.17763.1757') }],
    ['unknown', 'nodes', 'nodes', { nodes: UNREADABLE }],
    [
      'warning',
      'pods',
      'has a GMSA and is Pending for long',
      { pods: read([webapp1Pod({ status: { phase: 'Pending' } })]) },
    ],
    [
      'warning',
      'pods',
      'pods of prod/ReplicaSet web-6d4 were refused (3): cred spec x does not exist',
      {
        events: read([
          {
            metadata: {},
            involvedObject: { kind: 'ReplicaSet', namespace: 'prod', name: 'web-6d4' },
            reason: 'FailedCreate',
            message: 'admission webhook "w" denied the request: cred spec x does not exist',
            count: 3,
          },
        ]),
      },
    ],
    [
      'warning',
      'credspecs',
      'no operator has looked at it',
      { credspecs: read([webapp1Credspec({ status: {} })]) },
    ],
    [
      'error',
      'credspecs',
      'webapp1: Conflict: m',
      { credspecs: ready({ status: 'False', reason: 'Conflict' }) },
    ],
    ['error', 'credspecs', 'webapp1: Conflict: m', { credspecs: conflicting('prod/web') }],
    [
      'warning',
      'credspecs',
      'of an earlier version',
      { credspecs: ready({ observedGeneration: 0 }) },
    ],
    [
      'warning',
      'credspecs',
      'of an earlier version',
      {
        credspecs: read([
          webapp1Credspec({
            metadata: {
              ...webapp1Credspec().metadata,
              annotations: { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' },
            },
          }),
        ]),
      },
    ],
    [
      'warning',
      'credspecs',
      'pods that carry older contents: 1',
      {
        pods: read([
          webapp1Pod({
            spec: {
              securityContext: {
                windowsOptions: { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{}' },
              },
            },
          }),
        ]),
      },
    ],
  ])('has the %s in %s that %s', (severity, area, message, change) => {
    expect(wrong(change)).toEqual([
      { severity, area, message: expect.stringContaining(message), remedy: expect.any(String) },
    ]);
  });
});

describe('the certificate', () => {
  const signed = async (more: object, now = NOW) =>
    newServing(await newAuthority({ now }), {
      now,
      validityMs: DAY,
      dnsNames: ['gmsa-operator-webhook.gmsa-operator-system.svc'],
      ipAddresses: [],
      ...more,
    });
  const messages = (change: Partial<Snapshot>) =>
    wrong(change)
      .filter(({ area }) => area === 'certificate')
      .map(({ message }) => message);

  it('must be signed by a CA that both configurations trust', async () => {
    const { certificate } = await signed({});
    const served = { secret: 's', isOperators: true, certificate, authorities: '' };
    expect(messages({ certificate: read(served) })).toEqual([
      'the CA bundle of the MutatingWebhookConfiguration (1 CAs) does not hold the CA that signed the certificate',
      'the CA bundle of the ValidatingWebhookConfiguration (1 CAs) does not hold the CA that signed the certificate',
    ]);
  });

  it('must be of now, and be renewed in time', () => {
    const later = (ms: number) => ({ now: new Date(NOW.getTime() + ms), lease: UNREADABLE });
    expect(messages(later(2 * DAY))[0]).toMatch(/in Secret \S+ has expired on 2026-11-26$/);
    expect(messages(later(0.95 * DAY))[0]).toMatch(/expires on 2026-11-26, and was not renewed$/);
    expect(messages(later(-2 * DAY))[0]).toMatch(/is not valid before 2026-11-25$/);
  });

  it('must have the name by which it is called', async () => {
    const { certificate } = await signed({ dnsNames: ['other.svc'] });
    const served = { secret: 's', isOperators: true, certificate, authorities: '' };
    expect(messages({ certificate: read(served) })[0]).toContain(
      'does not name gmsa-operator-webhook.gmsa-operator-system.svc',
    );
  });

  it('may be rubbish', () => {
    const served = { secret: 's', isOperators: true, certificate: 'rubbish', authorities: '' };
    expect(messages({ certificate: read(served) })).toEqual([
      'the certificate in Secret s is not PEM: it has no "BEGIN CERTIFICATE" block',
    ]);
  });

  it('is not looked at where something else serves admission', () => {
    const elsewhere = ready({ reason: 'ManagedElsewhere' });
    const settings = { ...SOUND.settings, admission: undefined };
    const change = { settings, mutating: read([]), validating: read([]), certificate: ABSENT };
    expect(wrong({ ...change, credspecs: elsewhere, handshakes: ABSENT })).toEqual([]);
    expect(wrong({ ...change, handshakes: ABSENT }).map(({ message }) => message)).toEqual([
      'there is no MutatingWebhookConfiguration gmsa-operator',
      'there is no ValidatingWebhookConfiguration gmsa-operator',
    ]);
  });
});

describe('a webhook of others', () => {
  it('may have no rules, which the API server allows', () => {
    const { rules, ...without } = OTHER;
    expect(rules).not.toEqual([]);
    const webhooks = [without as Webhook];
    const other = { ...validating, metadata: { name: 'gmsa-webhook' }, webhooks };
    const change = { validating: read([validating, other]) };
    expect(wrong(change).filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  describe('that serves admission in place of this operator', () => {
    const other = (failurePolicy: string) =>
      read([
        {
          ...validating,
          metadata: { name: 'aks-gmsa' },
          webhooks: [{ ...OTHER, failurePolicy } as Webhook],
        },
      ]);
    const told =
      'validatingwebhookconfiguration/aks-gmsa serves admission in place of this operator';
    const settings = (admission?: false) => ({ settings: { ...SOUND.settings, admission } });
    const without = { mutating: read([]), certificate: ABSENT, handshakes: ABSENT };

    it.each<Partial<Snapshot>>([
      settings(false),
      { ...settings(), credspecs: ready({ reason: 'ManagedElsewhere' }) },
    ])('is as it should be: %#', (elsewhere) => {
      const change = { ...without, ...elsewhere, validating: other('Ignore') };
      expect(wrong(change)).toEqual([]);
      expect(examine({ ...SOUND, ...change })).toContainEqual({
        ...{ area: 'webhooks', severity: 'ok', message: told },
      });
    });

    it('is not to be removed where it stands in front of all pods', () => {
      expect(wrong({ ...without, ...settings(false), validating: other('Fail') })).toEqual([
        {
          ...{ area: 'webhooks', severity: 'note' },
          message: `${told}; it is called for every pod, and refuses it when nobody answers`,
        },
      ]);
    });
  });
});

describe('what the operator may not do', () => {
  const permissions = (neededFor?: Purpose) => [
    { verb: 'watch', group: '', resource: 'secrets', ...(neededFor && { neededFor }) },
  ];
  const missing = (neededFor?: Purpose) => ({ missingPermissions: read(permissions(neededFor)) });
  const served = { secret: 's', isOperators: false, certificate: '', authorities: '' };
  /** Of an operator that is no Deployment. */
  const settings = { ...SOUND.settings, admission: undefined, issuesCertificates: undefined };
  const elsewhere = {
    settings,
    mutating: read([]),
    validating: read([]),
    credspecs: ready({ reason: 'ManagedElsewhere' }),
  };
  const ofRbac = (change: Partial<Snapshot>) =>
    wrong(change).filter(({ area }) => area === 'rbac').length;

  it.each(['admission', 'own-certificates'] as const)('is missed for %s', (purpose) => {
    expect(ofRbac(missing(purpose))).toBe(1);
  });

  it('is not missed where others do it', () => {
    expect(ofRbac({ ...elsewhere, ...missing('admission') })).toBe(0);
    expect(ofRbac({ ...elsewhere, ...missing('own-certificates') })).toBe(0);
    expect(ofRbac({ settings, certificate: read(served), ...missing('own-certificates') })).toBe(0);
  });

  it('is not missed where the Deployment says so, credspecs or not', () => {
    const settings = (more: object) => ({ settings: { ...SOUND.settings, ...more } });
    const off = settings({ admission: false });
    const external = settings({ issuesCertificates: false });
    expect(ofRbac({ ...off, ...missing('admission') })).toBe(0);
    expect(ofRbac({ ...off, ...missing('own-certificates') })).toBe(0);
    expect(ofRbac({ ...external, certificate: ABSENT, ...missing('own-certificates') })).toBe(0);
    expect(ofRbac({ ...external, ...missing('admission') })).toBe(1);
    expect(ofRbac({ ...off, ...missing() })).toBe(1);
  });

  it('is missed all the same where every operator needs it', () => {
    expect(ofRbac({ ...elsewhere, ...missing() })).toBe(1);
    expect(ofRbac({ settings, certificate: read(served), ...missing('admission') })).toBe(1);
  });
});

describe('a definition that keeps no status', () => {
  const { metadata } = webapp1Credspec();
  const untold = (allowed: string, more: Partial<Snapshot> = {}): Partial<Snapshot> => ({
    definition: 'without-status',
    generated: read(() => ({ bindings: [], hasNamespace: () => true })),
    credspecs: read([
      webapp1Credspec({
        metadata: {
          ...metadata,
          annotations: { 'gmsa-operator.io/allowed-service-accounts': allowed },
        },
        status: {},
      }),
    ]),
    ...more,
  });

  it('is no fault of the operator', () => {
    expect(wrong(untold(''))).toEqual([]);
    expect(examine({ ...SOUND, ...untold('') })).toContainEqual({
      area: 'credspecs',
      severity: 'ok',
      message: 'webapp1: no status is kept; the annotation is in force',
    });
  });

  it('leaves it to the RoleBindings whether the annotation is in force', () => {
    expect(wrong(untold('prod/web, shop/*, */x'))).toMatchObject([
      {
        severity: 'warning',
        message: 'webapp1: no status is kept; the annotation is not in force in: prod, shop',
      },
      { severity: 'warning', message: expect.stringContaining('entry "*/x"') },
    ]);
    expect(wrong(untold('prod/web', { generated: UNREADABLE }))).toMatchObject([
      { severity: 'unknown', message: expect.stringContaining('you may not read RoleBindings') },
    ]);
  });

  it('is a note where it is the platform’s', () => {
    const crd = read({
      spec: { versions: [{ name: 'v1', served: true }] },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    });
    const settings = { ...SOUND.settings, admission: false };
    const without = { mutating: read([]), validating: read([]), handshakes: ABSENT };
    expect(wrong({ ...untold('', { crd, settings }), ...without })).toMatchObject([
      { severity: 'note', area: 'cluster' },
    ]);
  });
});

describe('findingsText', () => {
  it('goes area by area, with remedies below', () => {
    const findings: readonly Finding[] = [
      { area: 'operator', ...found('error', 'nobody leads', 'no-operator', { namespace: 'x' }) },
      { area: 'cluster', severity: 'ok', message: 'Kubernetes v1.37.2' },
      { area: 'nodes', ...found('note', 'none\u001b[31m', 'no-windows-nodes') },
    ];
    expect(findingsText(findings, PLAIN)).toBe(`cluster
  ok       Kubernetes v1.37.2

operator
  error    nobody leads
           remedy: ${DOCTOR_REMEDIES['no-operator'].replace('<namespace>', 'x')}

nodes
  note     none\\u{1b}[31m
           remedy: ${DOCTOR_REMEDIES['no-windows-nodes']}

Found: 1 error, 1 note.
`);
  });
});
