// SPDX-License-Identifier: Apache-2.0
// What holds for every pod: of random pods, credspecs and grants, admission lets exactly the right ones
// through, and changes nothing but what it must.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { decodeReview } from '../review/admission-review.ts';
import { contentsMatch } from './contents-match.ts';
import type { Decision } from '../review/decision.ts';
import type { Container, Pod, WindowsOptions } from './pod.ts';
import { mentionsGmsa, podPlaces } from './places.ts';
import { mutate, type PodReviewOptions, validate } from './pod-review.ts';
import { fakeAuthorizer, fakeCredspecSource } from '../testing/ports.ts';
import { credspec } from '../testing/pods.ts';
import { podReview, type RequestFields } from '../testing/reviews.ts';

const { signal } = new AbortController();
const NAMES = ['webapp1', 'webapp2', 'webapp3', 'constructor'];

/** Half of all fields are not there; some that are hold null. */
function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 5, arbitrary: value },
  );
}

const credspecName = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom('', 'WebApp1', '__proto__', '../webapp1', 'a b') },
);

const contents = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NAMES).map((name) => credspec(name).contents) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...NAMES)
      .map((name) => JSON.stringify(JSON.parse(credspec(name).contents), undefined, 1)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '{}', '{', 'null', '[[[') },
);

const securityContext = maybe(
  fc.record({
    windowsOptions: maybe(
      fc.oneof(
        fc.record({
          gmsaCredentialSpecName: maybe(credspecName),
          hostProcess: maybe(fc.boolean()),
        }),
        // A name with its own contents, as the mutating webhook leaves it.
        fc.constantFrom(...NAMES).map((name) => ({
          gmsaCredentialSpecName: name,
          gmsaCredentialSpec: credspec(name).contents,
        })),
        fc.record({
          gmsaCredentialSpecName: maybe(credspecName),
          gmsaCredentialSpec: maybe(contents),
        }),
      ),
    ),
    runAsNonRoot: maybe(fc.boolean()),
  }),
);

const containers = maybe(
  fc.uniqueArray(
    fc.record({
      name: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 }),
      restartPolicy: maybe(fc.constantFrom('Always', 'Never')),
      securityContext,
      lifecycle: maybe(
        fc.record({ postStart: maybe(fc.constant({ sleep: {} })), preStop: maybe(fc.object()) }),
      ),
      image: maybe(fc.string()),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  ),
);

const annotations = maybe(
  fc.record({
    'gmsa-operator.io/random-hostname': maybe(fc.constantFrom('true', 'false', 'yes')),
    'gmsa-operator.io/repair-secure-channel': maybe(fc.constantFrom('true', 'false', 'yes')),
    other: fc.string(),
  }),
);

const pod: fc.Arbitrary<Pod> = fc
  .record({
    metadata: maybe(fc.record({ name: maybe(fc.constant('web')), annotations })),
    spec: fc.record({
      serviceAccountName: maybe(fc.constantFrom('web', 'default', '')),
      hostname: maybe(fc.constantFrom('', 'web-0')),
      hostNetwork: maybe(fc.boolean()),
      securityContext,
      containers,
      initContainers: containers,
      ephemeralContainers: containers,
    }),
  })
  // What is undefined is not there on the wire.
  .map((created) => JSON.parse(JSON.stringify(created)) as Pod);

/** Which credspecs exist, which of them the cache knows, and which may be used. */
const world = fc
  .record({
    existing: fc.subarray(NAMES, { minLength: 2 }),
    cached: fc.subarray(NAMES),
    authorized: fc.subarray(NAMES, { minLength: 2 }),
    randomHostname: fc.constantFrom('always' as const, 'annotated' as const),
  })
  .map(({ existing, cached, authorized, randomHostname }) => ({
    existing,
    authorized,
    options: (): PodReviewOptions => ({
      credspecs: fakeCredspecSource(
        existing.filter((name) => cached.includes(name)).map((name) => credspec(name)),
        existing.map((name) => credspec(name)),
      ),
      authorizer: fakeAuthorizer((asked) => ({
        allowed: authorized.includes(asked.credspec.name),
      })),
      randomHostname,
    }),
  }));

function decide(
  review: typeof mutate,
  object: Pod,
  options: PodReviewOptions,
  fields: RequestFields = {},
): Promise<Decision> {
  const decoded = decodeReview(podReview(object, fields));
  if ('problem' in decoded) throw new Error(decoded.problem);
  return review(decoded.request, options, signal);
}

function patched(object: Pod, decision: Decision): Pod {
  const result = structuredClone(object);
  const patch = decision.allowed ? decision.patch : [];
  const failures = applyPatch(result, patch as Operation[]);
  expect(failures.filter((failure) => failure !== null)).toEqual([]);
  return result;
}

/** What the rules say, in the fewest words: each place that mentions a GMSA must be right. */
function mayRun(
  object: Pod,
  { existing, authorized }: { existing: readonly string[]; authorized: readonly string[] },
): boolean {
  return windowsOptions(object).every(({ gmsaCredentialSpecName, gmsaCredentialSpec: text }) => {
    if (isNothing(gmsaCredentialSpecName) && isNothing(text)) return true;
    const name = gmsaCredentialSpecName ?? '';
    const isThere = existing.includes(name) && authorized.includes(name);
    return isThere && (isNothing(text) || contentsMatch(text ?? '', credspec(name).contents));
  });
}

/** Spelled out here, so that a place which admission forgets is missed. */
function windowsOptions({ spec }: Pod): readonly WindowsOptions[] {
  const { containers, initContainers, ephemeralContainers } = spec ?? {};
  return [spec, ...(containers ?? []), ...(initContainers ?? []), ...(ephemeralContainers ?? [])]
    .map((place) => place?.securityContext?.windowsOptions)
    .filter((options) => options !== null && options !== undefined);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

describe('every pod', () => {
  it('is admitted exactly when all that it names exists, is its own and may be used', async () => {
    const seen = { admitted: 0, denied: 0 };
    await fc.assert(
      fc.asyncProperty(pod, world, async (created, { options, ...rules }) => {
        const mutated = await decide(mutate, created, options());
        const validated = mutated.allowed
          ? await decide(validate, patched(created, mutated), options())
          : mutated;
        expect(validated.allowed).toBe(mayRun(created, rules));
        if (podPlaces(created).some(mentionsGmsa))
          seen[validated.allowed ? 'admitted' : 'denied']++;
      }),
      { numRuns: 2000 },
    );
    // The property says little if one of both hardly ever happens.
    expect(Math.min(seen.admitted, seen.denied)).toBeGreaterThan(100);
  });

  it('is denied what it would have without the mutating webhook', async () => {
    await fc.assert(
      fc.asyncProperty(pod, world, async (created, { options, ...rules }) => {
        const { allowed } = await decide(validate, created, options());
        const isFilledIn = windowsOptions(created).every(
          ({ gmsaCredentialSpecName: name, gmsaCredentialSpec: text }) =>
            isNothing(name) || !isNothing(text),
        );
        expect(allowed).toBe(isFilledIn && mayRun(created, rules));
      }),
      { numRuns: 500 },
    );
  });

  it('is changed once, and not again on its way back', async () => {
    await fc.assert(
      fc.asyncProperty(pod, world, async (created, { options }) => {
        const first = await decide(mutate, created, options());
        fc.pre(first.allowed);
        const second = await decide(mutate, patched(created, first), options());
        expect(second).toMatchObject({ allowed: true, patch: [] });
      }),
      { numRuns: 500 },
    );
  });

  it('has only added to it what it must', async () => {
    await fc.assert(
      fc.asyncProperty(pod, world, async (created, { options }) => {
        const decision = await decide(mutate, created, options());
        fc.pre(decision.allowed);
        const operations: readonly { readonly op: string }[] = decision.patch;
        expect(operations.filter(({ op }) => op !== 'add')).toEqual([]);
        expect(withoutAdditions(patched(created, decision))).toEqual(withoutAdditions(created));
        expect(podPlaces(patched(created, decision)).map(filledIn)).toEqual(
          podPlaces(created).map(({ credspecName: name, contents: text }) =>
            name === undefined ? text : (text ?? credspec(name).contents),
          ),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is judged by its new ephemeral containers alone, where those are added', async () => {
    await fc.assert(
      fc.asyncProperty(pod, pod, world, async (oldPod, update, { options, ...rules }) => {
        const added = (update.spec?.ephemeralContainers ?? []).map((container) => ({
          ...container,
          name: `new-${container?.name ?? ''}`,
        }));
        const object: Pod = {
          ...oldPod,
          spec: {
            ...oldPod.spec,
            ephemeralContainers: [...(oldPod.spec?.ephemeralContainers ?? []), ...added],
          },
        };
        const fields = {
          operation: 'UPDATE',
          subResource: 'ephemeralcontainers',
          oldObject: oldPod,
        };
        const mutated = await decide(mutate, object, options(), fields);
        const validated = mutated.allowed
          ? await decide(validate, patched(object, mutated), options(), fields)
          : mutated;
        expect(validated.allowed).toBe(mayRun({ spec: { ephemeralContainers: added } }, rules));
        const before = oldPod.spec?.ephemeralContainers?.length ?? 0;
        for (const { path } of mutated.allowed ? mutated.patch : []) {
          const [, index = ''] = /^\/spec\/ephemeralContainers\/(\d+)\//.exec(path) ?? [];
          expect(Number(index)).toBeGreaterThanOrEqual(before);
          expect(path).toMatch(/windowsOptions\/gmsaCredentialSpec$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('can be changed exactly where no GMSA changes', async () => {
    await fc.assert(
      fc.asyncProperty(pod, pod, world, async (oldPod, other, { options }) => {
        const fields = { operation: 'UPDATE', oldObject: oldPod };
        const same: Pod = {
          ...oldPod,
          metadata: other.metadata,
          spec: { ...oldPod.spec, hostname: other.spec?.hostname },
        };
        expect(await decide(validate, same, options(), fields)).toMatchObject({ allowed: true });
        const changed: Pod = {
          ...oldPod,
          spec: { ...oldPod.spec, securityContext: other.spec?.securityContext },
        };
        const [before, after] = [oldPod, changed].map((one) => {
          const [value] = podPlaces(one);
          return [value?.credspecName, value?.contents];
        });
        const { allowed } = await decide(validate, changed, options(), fields);
        expect(allowed).toBe(JSON.stringify(before) === JSON.stringify(after));
      }),
      { numRuns: 500 },
    );
  });
});

function filledIn({ contents: text }: { readonly contents: string | undefined }): unknown {
  return text;
}

/** A pod without all that admission may add to it; null is taken for nothing. */
function withoutAdditions(object: Pod): unknown {
  const without = (container: Container | null): object => ({
    ...container,
    lifecycle: { ...container?.lifecycle, postStart: undefined },
    securityContext: withoutContents(container?.securityContext),
  });
  const { spec } = object;
  return {
    ...object,
    spec: {
      ...spec,
      hostname: undefined,
      securityContext: withoutContents(spec?.securityContext),
      containers: spec?.containers?.map((container) => without(container ?? null)),
      initContainers: spec?.initContainers?.map((container) => without(container ?? null)),
      ephemeralContainers: spec?.ephemeralContainers?.map((container) =>
        without(container ?? null),
      ),
    },
  };
}

function withoutContents(context: Container['securityContext']): object {
  return {
    ...context,
    windowsOptions: { ...context?.windowsOptions, gmsaCredentialSpec: undefined },
  };
}
