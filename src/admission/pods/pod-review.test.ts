// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type AdmissionRequest, decodeReview } from '../review/admission-review.ts';
import { mutate, type PodReviewOptions, validate } from './pod-review.ts';
import { fakeAuthorizer, fakeCredspecSource } from '../testing/ports.ts';
import { credspec, gmsa, pod, windows } from '../testing/pods.ts';
import { podReview, type RequestFields } from '../testing/reviews.ts';

const { signal } = new AbortController();
const webapp = credspec('webapp1');
const remade = credspec('webapp1', { uid: 'remade', contents: '{"remade":true}' });

const settings = (fields: Partial<PodReviewOptions> = {}): PodReviewOptions => ({
  credspecs: fakeCredspecSource([webapp]),
  authorizer: fakeAuthorizer(),
  randomHostname: 'annotated',
  ...fields,
});

function request(object: unknown, fields: RequestFields = {}): AdmissionRequest {
  const decoded = decodeReview(podReview(object, fields));
  if ('problem' in decoded) throw new Error(decoded.problem);
  return decoded.request;
}

describe('mutating a pod', () => {
  it('asks nobody whether it may', async () => {
    const authorizer = fakeAuthorizer(() => new Error('must not be asked'));
    const decision = await mutate(request(pod(gmsa('webapp1'))), settings({ authorizer }), signal);
    expect(decision).toMatchObject({ allowed: true, patch: [{ value: webapp.contents }] });
    expect(authorizer.requests).toEqual([]);
  });

  it('finds a credspec that was made a moment ago', async () => {
    const credspecs = fakeCredspecSource([], [webapp]);
    const containers = [gmsa('webapp1'), gmsa('webapp1')];
    const decision = await mutate(request(pod({ containers })), settings({ credspecs }), signal);
    expect(decision).toMatchObject({ allowed: true, patch: [{}, {}] });
    expect(credspecs.liveLookUps).toEqual(['webapp1']);
  });

  it('looks for nothing that is not to be filled in', async () => {
    const credspecs = fakeCredspecSource([]);
    const created = pod({
      ...gmsa('gone', 'inlined'),
      containers: [windows({ gmsaCredentialSpec: '{}' }), gmsa('Never A Name')],
    });
    const decision = await mutate(request(created), settings({ credspecs }), signal);
    expect(decision).toMatchObject({ denial: { code: 404 } });
    expect(credspecs.liveLookUps).toEqual([]);
  });

  it('denies where the API server cannot be asked', async () => {
    const credspecs = fakeCredspecSource([], new Error('503 Service Unavailable'));
    const decision = await mutate(request(pod(gmsa('webapp1'))), settings({ credspecs }), signal);
    expect(decision).toMatchObject({ allowed: false, denial: { code: 503 } });
  });

  it('denies what is no pod', async () => {
    const decision = await mutate(request({ spec: 'none' }), settings(), signal);
    expect(decision).toMatchObject({
      denial: { code: 400, message: 'object.spec is a string, not an object' },
    });
  });

  it('lets updates pass', async () => {
    const updated = pod(gmsa('gone'));
    const fields = { operation: 'UPDATE', oldObject: updated };
    expect(await mutate(request(updated, fields), settings(), signal)).toMatchObject({
      allowed: true,
      patch: [],
    });
  });
});

describe('validating a pod', () => {
  const inlined = pod(gmsa('webapp1', 'inlined'));

  it("asks for the pod's service account, in the namespace of the request", async () => {
    const authorizer = fakeAuthorizer();
    const created = { ...inlined, metadata: { name: 'web', namespace: 'kube-system' } };
    const decision = await validate(request(created), settings({ authorizer }), signal);
    expect(decision).toMatchObject({ allowed: true });
    expect(authorizer.requests).toEqual([
      {
        namespace: 'prod',
        serviceAccount: 'web',
        credspec: { name: 'webapp1', uid: 'uid-of-webapp1' },
      },
    ]);
  });

  it('asks once for each credspec, however often it is named', async () => {
    const authorizer = fakeAuthorizer();
    const credspecs = fakeCredspecSource([webapp, credspec('other')]);
    const containers = ['webapp1', 'other', 'webapp1', 'other'].map((name) =>
      gmsa(name, 'inlined'),
    );
    const created = pod({ ...gmsa('webapp1', 'inlined'), containers });
    await validate(request(created), settings({ authorizer, credspecs }), signal);
    expect(authorizer.requests.map((asked) => asked.credspec.name)).toEqual(['webapp1', 'other']);
    expect(credspecs.liveLookUps).toEqual([]);
  });

  it('asks nobody about a pod that names nothing', async () => {
    const authorizer = fakeAuthorizer();
    const decision = await validate(request(pod({})), settings({ authorizer }), signal);
    expect(decision).toMatchObject({ allowed: true });
    expect(authorizer.requests).toEqual([]);
  });

  it('does not deny contents that only the cache does not know yet', async () => {
    const credspecs = fakeCredspecSource([credspec('webapp1', { contents: '{}' })], [webapp]);
    const decision = await validate(request(inlined), settings({ credspecs }), signal);
    expect(decision).toMatchObject({ allowed: true });
    expect(credspecs.liveLookUps).toEqual(['webapp1']);
  });

  it('asks for access to the credspec that it decides with, not to the one that had its name', async () => {
    const created = pod(
      windows({ gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: remade.contents }),
    );
    const authorizer = fakeAuthorizer(({ credspec: { uid } }) => ({ allowed: uid !== 'remade' }));
    const credspecs = fakeCredspecSource([webapp], [remade]);
    const decision = await validate(request(created), settings({ authorizer, credspecs }), signal);
    expect(decision).toMatchObject({
      denial: { code: 403 },
      credspecs: [{ name: 'webapp1', uid: 'remade' }],
    });
    expect(authorizer.requests).toHaveLength(1);
  });

  it('denies contents that the API server does not know either, after asking it once', async () => {
    const credspecs = fakeCredspecSource([webapp]);
    const wrong = windows({ gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{}' });
    const created = pod({ ...wrong, containers: [wrong, wrong] });
    const decision = await validate(request(created), settings({ credspecs }), signal);
    expect(decision).toMatchObject({ denial: { code: 422 } });
    expect(credspecs.liveLookUps).toEqual(['webapp1']);
  });

  it('denies a credspec that is gone, and asks for no access to it', async () => {
    const authorizer = fakeAuthorizer();
    const credspecs = fakeCredspecSource([]);
    const decision = await validate(request(inlined), settings({ authorizer, credspecs }), signal);
    expect(decision).toMatchObject({ denial: { code: 404 } });
    expect(authorizer.requests).toEqual([]);
  });

  it('denies where the authorizer or the API server fails', async () => {
    const authorizer = fakeAuthorizer(() => new Error('no answer'));
    expect(await validate(request(inlined), settings({ authorizer }), signal)).toMatchObject({
      denial: { code: 503, message: expect.stringContaining(': no answer; try again') },
    });
    const credspecs = fakeCredspecSource([], new Error('no answer'));
    expect(await validate(request(inlined), settings({ credspecs }), signal)).toMatchObject({
      denial: { code: 503, message: expect.stringContaining(': no answer; try again') },
    });
  });

  it('denies a pod with a place that is no place', async () => {
    const created = { spec: { containers: [{ securityContext: { windowsOptions: 'x' } }] } };
    expect(await validate(request(created), settings(), signal)).toMatchObject({
      denial: { code: 400 },
    });
  });
});

describe('validating the addition of ephemeral containers', () => {
  const running = pod({ ...gmsa('gone', 'inlined'), containers: [{ name: 'a', ...gmsa('gone') }] });
  const adding = (ephemeralContainers: readonly object[]): AdmissionRequest =>
    request(
      { ...running, spec: { ...running.spec, ephemeralContainers } },
      { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: running },
    );

  it('checks the new ones', async () => {
    const decision = await validate(
      adding([{ name: 'debug', ...windows({ gmsaCredentialSpec: '{}' }) }]),
      settings(),
      signal,
    );
    expect(decision).toMatchObject({
      denial: { code: 422, message: expect.stringContaining('container "debug"') },
    });
  });

  it('does not check again what runs already', async () => {
    const authorizer = fakeAuthorizer(() => ({ allowed: false }));
    const decision = await validate(adding([{ name: 'debug' }]), settings({ authorizer }), signal);
    expect(decision).toMatchObject({ allowed: true });
    expect(authorizer.requests).toEqual([]);
  });
});

describe('validating an update', () => {
  it('denies another GMSA, and asks nobody', async () => {
    const authorizer = fakeAuthorizer();
    const fields = { operation: 'UPDATE', oldObject: pod({}) };
    const decision = await validate(
      request(pod(gmsa('webapp1', 'inlined')), fields),
      settings({ authorizer }),
      signal,
    );
    expect(decision).toMatchObject({ denial: { code: 403 } });
    expect(authorizer.requests).toEqual([]);
  });
});
