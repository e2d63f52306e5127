// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import {
  type AdmissionHandlerOptions,
  type AdmissionPath,
  createAdmissionHandler,
  type ObservedDecision,
} from './handler.ts';
import { fakeAuthorizer, fakeCredspecSource } from './testing/ports.ts';
import { credspec, gmsa, pod, windows } from './testing/pods.ts';
import { credspecReview, podReview, REVIEW_UID } from './testing/reviews.ts';

const { signal } = new AbortController();

function setUp(fields: Partial<AdmissionHandlerOptions> = {}) {
  const observations: ObservedDecision[] = [];
  const handler = createAdmissionHandler({
    credspecs: fakeCredspecSource([credspec('webapp1')]),
    authorizer: fakeAuthorizer(),
    randomHostname: 'annotated',
    observe: (decision) => observations.push(decision),
    ...fields,
  });
  const ask = async (path: AdmissionPath, body: string) => {
    const { code, contentType, body: answer } = await handler(path, body, signal);
    expect([code, contentType]).toEqual([200, 'application/json']);
    const { response } = JSON.parse(answer) as {
      response: { uid: string; allowed: boolean; patch?: string; warnings?: string[] };
    };
    expect(response.uid).toBe(REVIEW_UID);
    return response;
  };
  return { handler, ask, observations };
}

const PATHS: readonly AdmissionPath[] = ['/mutate', '/validate', '/validate-credentialspec'];

describe('the admission handler', () => {
  it('mutates', async () => {
    const { patch } = await setUp().ask('/mutate', podReview(pod(gmsa('webapp1'))));
    expect(JSON.parse(Buffer.from(patch ?? '', 'base64').toString())).toEqual([
      {
        op: 'add',
        path: '/spec/securityContext/windowsOptions/gmsaCredentialSpec',
        value: credspec('webapp1').contents,
      },
    ]);
  });

  it('validates', async () => {
    const { ask } = setUp();
    const inlined = podReview(pod(gmsa('webapp1', 'inlined')));
    expect(await ask('/validate', inlined)).toMatchObject({ allowed: true });
    expect(await ask('/validate', podReview(pod(gmsa('webapp1'))))).toMatchObject({
      allowed: false,
      status: { code: 422 },
    });
  });

  it('warns about credspecs', async () => {
    const metadata = {
      annotations: { 'gmsa-operator.io/allowed-service-accounts': 'web prod/web' },
    };
    const { ask } = setUp({ namespaceExists: () => false });
    const { allowed, warnings } = await ask(
      '/validate-credentialspec',
      credspecReview({ metadata }),
    );
    expect(allowed).toBe(true);
    expect(warnings?.join('\n')).toMatch(/entry "web"[^]*there is no namespace prod/);
  });

  it('does not have to be told of namespaces', async () => {
    const annotations = { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' };
    const { warnings } = await setUp().ask(
      '/validate-credentialspec',
      credspecReview({ metadata: { annotations } }),
    );
    expect(warnings?.join('')).not.toContain('namespace');
  });

  it.each(PATHS)('answers on %s with 400 what is no review, and says why', async (path) => {
    const { handler, observations } = setUp();
    for (const body of ['', '{', 'null', '{"kind":"AdmissionReview"}', podReview({}).slice(1)]) {
      const answer = await handler(path, body, signal);
      expect(answer).toEqual({
        code: 400,
        contentType: 'text/plain; charset=utf-8',
        body: expect.stringMatching(/^.+\n$/),
      });
    }
    expect(observations).toEqual([]);
  });

  it('denies what is no pod, and lets pass what is no credspec', async () => {
    const { ask } = setUp();
    const configMap = podReview({}, { kind: { group: '', kind: 'ConfigMap' }, resource: null });
    for (const path of ['/mutate', '/validate'] as const) {
      expect(await ask(path, configMap)).toMatchObject({ allowed: false, status: { code: 400 } });
      expect(await ask(path, podReview(null))).toMatchObject({ allowed: false });
      expect(await ask(path, podReview({ spec: 7 }))).toMatchObject({ allowed: false });
    }
    expect(await ask('/validate-credentialspec', configMap)).toMatchObject({ allowed: true });
    expect(await ask('/validate-credentialspec', credspecReview(7))).toMatchObject({
      allowed: true,
    });
  });

  it('tells of every decision, and nothing of contents', async () => {
    const { ask, observations } = setUp();
    const options = { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{"a":"secret"}' };
    await ask('/mutate', podReview(pod(gmsa('webapp1')), { name: 'web' }));
    await ask('/validate', podReview(pod(windows(options))));
    expect(observations).toEqual([
      {
        path: '/mutate',
        operation: 'CREATE',
        subResource: '',
        namespace: 'prod',
        name: 'web',
        allowed: true,
        code: 200,
        message: undefined,
        credspecs: ['webapp1'],
        error: undefined,
      },
      expect.objectContaining({
        path: '/validate',
        allowed: false,
        code: 422,
        message: expect.stringContaining('does not match'),
      }),
    ]);
    expect(JSON.stringify(observations)).not.toMatch(/secret|DomainJoinConfig/);
  });

  it('that is broken denies pods, lets credspecs pass, and tells what broke it', async () => {
    const fault = new Error('a mistake with a secret');
    const broken = (): never => {
      throw fault;
    };
    const { ask, observations } = setUp({
      credspecs: { cached: broken, live: broken },
      namespaceExists: broken,
    });
    const metadata = { annotations: { 'gmsa-operator.io/allowed-service-accounts': 'prod/web' } };
    const answers = [
      await ask('/mutate', podReview(pod(gmsa('webapp1')))),
      await ask('/validate', podReview(pod(gmsa('webapp1', 'inlined')))),
      await ask('/validate-credentialspec', credspecReview({ metadata })),
    ];
    expect(answers.map(({ allowed }) => allowed)).toEqual([false, false, true]);
    expect(JSON.stringify(answers)).not.toContain('secret');
    expect(observations.map(({ error, code }) => [error, code])).toEqual([
      [fault, 500],
      [fault, 500],
      [fault, 200],
    ]);
  });

  it('answers a pod of 200 containers, and one that nests without end', async () => {
    const { ask } = setUp();
    const containers = Array.from({ length: 200 }, (_, i) => ({
      name: `c${i}`,
      ...gmsa('webapp1'),
    }));
    const { patch } = await ask('/mutate', podReview(pod({ containers })));
    expect(JSON.parse(Buffer.from(patch ?? '', 'base64').toString())).toHaveLength(200);
    const depth = 200_000;
    const deep = podReview({ spec: { volumes: '@' } }).replace(
      '"@"',
      `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`,
    );
    expect(await ask('/validate', deep)).toMatchObject({ allowed: true });
  });
});
