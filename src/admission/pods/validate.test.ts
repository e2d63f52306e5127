// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Access } from './authorize-credspecs.ts';
import type { Decision } from '../review/decision.ts';
import type { Pod } from './pod.ts';
import { podPlaces } from './places.ts';
import { creationOf, credspec, factsOf, gmsa, pod, windows } from '../testing/pods.ts';
import { type CredspecFacts, serviceAccountOf, validatePod } from './validate.ts';

const FACTS = factsOf(credspec('webapp1'), credspec('other'));
const ID = { name: 'webapp1', uid: 'uid-of-webapp1' };

function validate(created: Pod, facts: CredspecFacts = FACTS): Decision {
  return validatePod(creationOf(created), facts);
}

function withAccess(access: Access, facts = FACTS): CredspecFacts {
  return { ...facts, accesses: new Map([['webapp1', access]]) };
}

const WRONG = windows({
  gmsaCredentialSpecName: 'webapp1',
  gmsaCredentialSpec: '{"Sid":"secret"}',
});
const NAMELESS = windows({ gmsaCredentialSpec: '{"Sid":"secret"}' });

describe('a pod that runs as the operator', () => {
  const operatorServiceAccount = { namespace: FACTS.namespace, name: FACTS.serviceAccount };
  const named = pod(gmsa('webapp1', 'inlined'));

  it('is denied, though that service account may use every credspec', () => {
    expect(validate(named, { ...FACTS, operatorServiceAccount })).toMatchObject({
      allowed: false,
      denial: {
        code: 403,
        message: expect.stringMatching(
          /^service account ".*" is not authorized to `use` GMSA cred spec "webapp1": it is the operator's own/,
        ),
      },
    });
  });

  it('is admitted if it has no GMSA', () => {
    const facts = { ...FACTS, operatorServiceAccount };
    expect(validate(pod({ containers: [{ name: 'a' }] }), facts)).toMatchObject({ allowed: true });
  });

  it.each([
    ['name', { ...operatorServiceAccount, name: 'another' }],
    ['namespace', { ...operatorServiceAccount, namespace: 'another' }],
  ])('is another one if its %s differs', (_, other) => {
    const facts = { ...FACTS, operatorServiceAccount: other };
    expect(validate(named, facts)).toMatchObject({ allowed: true });
  });
});

describe('a pod is admitted', () => {
  it('where everything that it names is there, is its own, and may be used', () => {
    const created = pod({
      ...gmsa('webapp1', 'inlined'),
      containers: [{ name: 'a', ...gmsa('other', 'inlined') }, { name: 'b' }],
      initContainers: [{ name: 'c', ...gmsa('other', 'inlined') }],
      ephemeralContainers: [{ name: 'd', ...gmsa('webapp1', 'inlined') }],
    });
    expect(validate(created)).toEqual({
      allowed: true,
      patch: [],
      warnings: [],
      credspecs: [ID, { name: 'other', uid: 'uid-of-other' }],
    });
  });

  it('where it names nothing', () => {
    const created = pod({ containers: [{ name: 'a' }, windows({ hostProcess: true })] });
    const nothing = { ...FACTS, lookUps: new Map(), accesses: new Map() };
    expect(validate(created, nothing)).toMatchObject({ allowed: true, warnings: [] });
  });

  it('where its contents are another text of the same value', () => {
    const text = JSON.stringify(JSON.parse(credspec('webapp1').contents), undefined, 4);
    const options = { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: text };
    expect(validate(pod(windows(options)))).toMatchObject({ allowed: true });
  });

  it('with a warning for each thing that is wrong with a credspec', () => {
    const facts = factsOf(credspec('webapp1', { problems: ['Sid is wrong', 'Guid is wrong'] }));
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toMatchObject({
      allowed: true,
      warnings: [
        'GMSA cred spec "webapp1": Sid is wrong',
        'GMSA cred spec "webapp1": Guid is wrong',
      ],
    });
  });

  it('with a warning where it has the service account of all who name none', () => {
    const facts = { ...factsOf(credspec('webapp1')), serviceAccount: 'default' };
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toMatchObject({
      allowed: true,
      warnings: [
        'service account "default" uses GMSA cred spec "webapp1": so can every pod of namespace prod that names no service account; give these pods one of their own',
      ],
    });
  });
});

describe('a pod is denied', () => {
  it('where its service account may not use the credspec', () => {
    const facts = withAccess({ allowed: false });
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toEqual({
      allowed: false,
      denial: {
        code: 403,
        message:
          'service account "web" is not authorized to `use` GMSA cred spec "webapp1": allow it with the annotation gmsa-operator.io/allowed-service-accounts on GMSACredentialSpec "webapp1", entry "prod/web"',
      },
      credspecs: [ID, { name: 'other', uid: 'uid-of-other' }],
    });
  });

  it('with what the authorizer says about it, on one line', () => {
    const facts = withAccess({ allowed: false, reason: `no rule\n\u202e${'x'.repeat(1000)}` });
    const decision = validate(pod(gmsa('webapp1', 'inlined')), facts);
    expect(decision).toMatchObject({
      denial: { message: expect.stringMatching(/ \(reason: no rule x{291}…\)$/) },
    });
  });

  it('where nobody could tell whether it may use the credspec', () => {
    const facts = withAccess({ allowed: 'unknown', why: 'the server is down' });
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toMatchObject({
      denial: {
        code: 503,
        message:
          'cannot check whether service account "web" is authorized to `use` GMSA cred spec "webapp1": the server is down; try again',
      },
    });
  });

  it('where an authorizer says neither yes nor no', () => {
    const facts = withAccess({} as Access);
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toMatchObject({
      denial: { code: 503 },
    });
  });

  it('where nobody was asked whether it may use the credspec', () => {
    const facts = { ...FACTS, accesses: new Map<string, Access>() };
    expect(validate(pod(gmsa('webapp1', 'inlined')), facts)).toMatchObject({
      denial: { code: 503 },
    });
  });

  it('where the credspec does not exist, or was not looked for', () => {
    for (const lookUps of [new Map(), new Map([['webapp1', { type: 'missing' } as const]])]) {
      expect(validate(pod(gmsa('webapp1', 'inlined')), { ...FACTS, lookUps })).toMatchObject({
        denial: {
          code: 404,
          message: expect.stringMatching(/^cred spec webapp1 does not exist: create/),
        },
      });
    }
  });

  it('where the credspec has no contents that its own could be compared with', () => {
    const lookUps = new Map([['webapp1', { type: 'empty', uid: 'u1' } as const]]);
    expect(validate(pod(gmsa('webapp1', 'inlined')), { ...FACTS, lookUps })).toMatchObject({
      denial: {
        code: 422,
        message: expect.stringMatching(/^cred spec webapp1 does not have a credspec key/),
      },
    });
  });

  it('where nobody could tell whether the credspec exists', () => {
    const lookUps = new Map([['webapp1', { type: 'failed', why: 'timeout' } as const]]);
    expect(validate(pod(gmsa('webapp1', 'inlined')), { ...FACTS, lookUps })).toMatchObject({
      denial: {
        code: 503,
        message: 'cannot check whether cred spec webapp1 exists: timeout; try again',
      },
    });
  });

  it.each<[string, Pod, string]>([
    ['the pod', pod(NAMELESS), 'pod "web"'],
    ['a container', pod({ containers: [{}, { name: 'a', ...NAMELESS }] }), 'container "a"'],
    ['an init container', pod({ initContainers: [{ name: 'b', ...NAMELESS }] }), 'container "b"'],
    [
      'an ephemeral container',
      pod({ ephemeralContainers: [{ name: 'c', ...NAMELESS }] }),
      'container "c"',
    ],
    [
      'a place with an empty name',
      pod(windows({ gmsaCredentialSpecName: '', gmsaCredentialSpec: '{}' })),
      'pod "web"',
    ],
    ['an empty text', pod(windows({ gmsaCredentialSpec: '' })), 'pod "web"'],
  ])('for contents without a name: %s', (_, created, place) => {
    expect(validate(created)).toMatchObject({
      denial: {
        code: 422,
        message: `${place} has a GMSA cred spec set, but does not define the name of the corresponding resource: set gmsaCredentialSpecName, and leave gmsaCredentialSpec out`,
      },
    });
  });

  it.each<[string, Pod, string]>([
    ['the pod', pod(WRONG), 'pod "web"'],
    ['a container', pod({ containers: [{ name: 'a', ...WRONG }] }), 'container "a"'],
    ['an init container', pod({ initContainers: [{ name: 'b', ...WRONG }] }), 'container "b"'],
    [
      'an ephemeral container',
      pod({ ephemeralContainers: [{ name: 'c', ...WRONG }] }),
      'container "c"',
    ],
  ])(
    "for contents that are not the credspec's: %s; the message shows none",
    (_, created, place) => {
      const decision = validate(created);
      expect(decision).toMatchObject({
        denial: {
          code: 422,
          message: `the GMSA cred spec contents for ${place} does not match the contents of GMSA resource "webapp1": leave gmsaCredentialSpec out, and it is filled in at creation. A copy of a pod (kubectl debug --copy-to) and a backup hold the contents of its creation: recreate the original pod before copying it, and restore its workload instead of the pod`,
        },
      });
      expect(JSON.stringify(decision)).not.toContain('secret');
    },
  );

  it('for a name without contents: the mutating webhook did not run', () => {
    expect(validate(pod({ containers: [{ name: 'a', ...gmsa('webapp1') }] }))).toMatchObject({
      denial: {
        code: 422,
        message: expect.stringMatching(
          /^the GMSA cred spec contents for container "a" were not filled in .* the mutating webhook did not run/,
        ),
      },
    });
  });

  it('for a name that no credspec can have, even if somebody says that there is one', () => {
    expect(validate(pod(gmsa('WebApp1', 'inlined')))).toMatchObject({ denial: { code: 404 } });
    expect(validate(pod(gmsa('')))).toMatchObject({
      denial: {
        code: 404,
        message: expect.stringMatching(/^cred spec "" does not exist/),
      },
    });
  });

  it('for the first place that may not be as it is', () => {
    const created = pod({
      containers: [
        { name: 'a', ...gmsa('other', 'inlined') },
        { name: 'b', ...NAMELESS },
      ],
      initContainers: [{ name: 'c', ...WRONG }],
    });
    expect(validate(created)).toMatchObject({
      denial: { message: expect.stringContaining('container "b"') },
    });
  });

  it('for missing access rather than for contents', () => {
    const facts = withAccess({ allowed: false });
    expect(validate(pod(WRONG), facts)).toMatchObject({ denial: { code: 403 } });
    expect(validate(pod(gmsa('webapp1')), facts)).toMatchObject({ denial: { code: 403 } });
  });

  it('for one wrong container among 200', () => {
    const containers = Array.from({ length: 200 }, (_, i) => ({
      name: `c${i}`,
      ...(i === 199 ? WRONG : gmsa('webapp1', 'inlined')),
    }));
    expect(validate(pod({ containers }))).toMatchObject({
      denial: { message: expect.stringContaining('container "c199"') },
    });
  });
});

it('only the places under review are looked at', () => {
  const existing = pod({
    containers: [{ name: 'a', ...NAMELESS }],
    ephemeralContainers: [{ name: 'new', ...gmsa('webapp1', 'inlined') }],
  });
  const places = podPlaces(existing).filter(({ name }) => name === 'new');
  const change = { type: 'add-ephemeral-containers', pod: existing, places } as const;
  expect(validatePod(change, FACTS)).toMatchObject({ allowed: true });
});

it.each([
  [{ serviceAccountName: 'web' }, 'web'],
  [{ serviceAccountName: '' }, 'default'],
  [{ serviceAccountName: null }, 'default'],
  [null, 'default'],
])('a pod with the spec %j runs as %s', (spec, serviceAccount) => {
  expect(serviceAccountOf(creationOf({ spec }))).toBe(serviceAccount);
});
