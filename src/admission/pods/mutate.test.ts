// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { applyPatch, type Operation } from 'rfc6902';
import type { AdmissionCredspec } from '../ports.ts';
import type { AddOperation, Decision } from '../review/decision.ts';
import { mutatePod } from './mutate.ts';
import type { Pod } from './pod.ts';
import type { PodChange } from './change.ts';
import { podPlaces } from './places.ts';
import { creationOf, credspec, gmsa, lookUpsOf, pod, windows } from '../testing/pods.ts';

const WEBAPP = credspec('webapp1');
const OTHER = credspec('other');
const LOOK_UPS = lookUpsOf(WEBAPP, OTHER);
const OPTIONS = { randomHostname: 'annotated' } as const;

function mutate(created: Pod, lookUps = LOOK_UPS): Decision {
  return mutatePod(creationOf(created), lookUps, OPTIONS);
}

function patched(created: Pod): unknown {
  const decision = mutate(created);
  if (!decision.allowed) throw new Error(decision.denial.message);
  const result = structuredClone(created);
  const failures = applyPatch(result, decision.patch as Operation[]).filter((e) => e !== null);
  expect(failures).toEqual([]);
  return result;
}

function addContents(place: string, { contents }: AdmissionCredspec): AddOperation {
  const path = `${place}/securityContext/windowsOptions/gmsaCredentialSpec`;
  return { op: 'add', path, value: contents };
}

describe('a new pod', () => {
  it('gets the contents of its credspecs beside their names, in every place', () => {
    const container = (name: string) => ({ name: `c-${name}`, ...gmsa(name) });
    const created = pod({
      ...gmsa('webapp1'),
      containers: [{ name: 'plain' }, container('other')],
      initContainers: [container('webapp1')],
      ephemeralContainers: [container('other')],
    });
    expect(mutate(created)).toMatchObject({
      allowed: true,
      patch: [
        addContents('/spec', WEBAPP),
        addContents('/spec/containers/1', OTHER),
        addContents('/spec/initContainers/0', WEBAPP),
        addContents('/spec/ephemeralContainers/0', OTHER),
      ],
      credspecs: [
        { name: 'webapp1', uid: 'uid-of-webapp1' },
        { name: 'other', uid: 'uid-of-other' },
      ],
    });
    expect(patched(created)).toEqual(
      pod({
        ...gmsa('webapp1', 'inlined'),
        containers: [{ name: 'plain' }, { ...container('other'), ...gmsa('other', 'inlined') }],
        initContainers: [{ ...container('webapp1'), ...gmsa('webapp1', 'inlined') }],
        ephemeralContainers: [{ ...container('other'), ...gmsa('other', 'inlined') }],
      }),
    );
  });

  it('is denied where the contents would make it larger than any that can be stored', () => {
    const large = credspec('large', { contents: `"${'x'.repeat(100_000)}"` });
    const containers = (count: number) => pod({ containers: Array(count).fill(gmsa('large')) });
    expect(mutate(containers(31), lookUpsOf(large))).toMatchObject({ allowed: true });
    expect(mutate(containers(32), lookUpsOf(large))).toMatchObject({
      allowed: false,
      denial: {
        code: 422,
        message: expect.stringContaining('name one cred spec for the whole pod'),
      },
    });
  });

  it('gets contents in place of null', () => {
    const nothing = { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: null };
    expect(patched(pod(windows(nothing)))).toEqual(pod(gmsa('webapp1', 'inlined')));
  });

  it.each([['{"mine":true}'], ['']])('keeps contents that are set, here "%s"', (contents) => {
    const set = { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: contents };
    expect(mutate(pod(windows(set)))).toMatchObject({ allowed: true, patch: [] });
  });

  it.each([
    ['no GMSA', pod({ containers: [{ name: 'a' }] })],
    ['contents without a name', pod(windows({ gmsaCredentialSpec: '{}' }))],
    ['a place for a name', pod(windows({ gmsaCredentialSpecName: null, hostProcess: false }))],
    ['nothing in it', {}],
  ])('with %s is left as it is', (_, created) => {
    const decision = mutate(created, new Map());
    expect(decision).toEqual({ allowed: true, patch: [], warnings: [], credspecs: [] });
  });

  it('is denied where a credspec does not exist', () => {
    const created = pod({ containers: [{ name: 'a', ...gmsa('gone') }] });
    expect(mutate(created, new Map([['gone', { type: 'missing' }]]))).toEqual({
      allowed: false,
      denial: {
        code: 404,
        message:
          'cred spec gone does not exist: create a GMSACredentialSpec of this name, or correct gmsaCredentialSpecName of container "a"',
        missing: 'gone',
      },
      credspecs: [{ name: 'gone', uid: undefined }],
    });
  });

  it.each([
    ['gmsa-WebApp1', 'gmsa-WebApp1'],
    ['', '""'],
    ['../configmaps/a', '../configmaps/a'],
    ['a\nb\u202e', 'a\\u{a}b\\u{202e}'],
    ['x'.repeat(100_000), `${'x'.repeat(80)}… (100000 characters)`],
    ['__proto__', '__proto__'],
  ])('is denied where no credspec can have the name', (name, shown) => {
    expect(mutate(pod(gmsa(name)))).toMatchObject({
      denial: {
        code: 404,
        message: `cred spec ${shown} does not exist: no resource can have this name, for names hold lower-case letters, digits, "-" and ".", and begin and end with a letter or digit: correct gmsaCredentialSpecName of pod "web"`,
      },
      credspecs: [{ name: 'webapp1' }, { name: 'other' }],
    });
  });

  it('shows the whole of a name that can be one', () => {
    const name = 'a'.repeat(253);
    expect(mutate(pod(gmsa(name)))).toMatchObject({
      denial: { message: expect.stringMatching(`^cred spec ${name} does not exist`) },
    });
  });

  it('is denied where a credspec has nothing to hand out', () => {
    const lookUps = new Map([['webapp1', { type: 'empty', uid: 'u1' } as const]]);
    expect(mutate(pod(gmsa('webapp1')), lookUps)).toEqual({
      allowed: false,
      denial: {
        code: 422,
        message:
          "cred spec webapp1 does not have a credspec key: write its contents there, or correct the pod's gmsaCredentialSpecName",
      },
      credspecs: [{ name: 'webapp1', uid: 'u1' }],
    });
  });

  it('is denied where nobody could tell whether a credspec exists', () => {
    const lookUps = new Map([['webapp1', { type: 'failed', why: 'no route to host' } as const]]);
    expect(mutate(pod(gmsa('webapp1')), lookUps)).toMatchObject({
      denial: {
        code: 503,
        message: 'cannot check whether cred spec webapp1 exists: no route to host; try again',
      },
    });
  });

  it('gets what it asks for besides', () => {
    const created = pod(
      { containers: [{ name: 'a', ...gmsa('webapp1') }] },
      {
        'gmsa-operator.io/random-hostname': 'true',
        'gmsa-operator.io/repair-secure-channel': 'maybe',
      },
    );
    const decision = mutate(created);
    expect(decision).toMatchObject({
      patch: [
        { path: '/spec/containers/0/securityContext/windowsOptions/gmsaCredentialSpec' },
        { path: '/spec/hostname' },
      ],
      warnings: [expect.stringContaining('"maybe"')],
    });
  });
});

describe('an existing pod', () => {
  const asked = {
    'gmsa-operator.io/random-hostname': 'true',
    'gmsa-operator.io/repair-secure-channel': 'wrong',
  };

  it('gets contents in its new ephemeral containers, and nothing else', () => {
    const existing = pod(
      { ...gmsa('webapp1'), ephemeralContainers: [{ name: 'new', ...gmsa('other') }] },
      asked,
    );
    const places = podPlaces(existing).filter(({ name }) => name === 'new');
    const change: PodChange = { type: 'add-ephemeral-containers', pod: existing, places };
    expect(mutatePod(change, LOOK_UPS, OPTIONS)).toMatchObject({
      allowed: true,
      patch: [
        {
          path: '/spec/ephemeralContainers/0/securityContext/windowsOptions/gmsaCredentialSpec',
          value: OTHER.contents,
        },
      ],
      warnings: [],
    });
  });

  it('gets nothing by an update', () => {
    const updated = pod(gmsa('webapp1'), asked);
    const change: PodChange = { type: 'update', pod: updated, oldPod: updated };
    expect(mutatePod(change, new Map(), { randomHostname: 'always' })).toEqual({
      allowed: true,
      patch: [],
      warnings: [],
      credspecs: [],
    });
  });
});
