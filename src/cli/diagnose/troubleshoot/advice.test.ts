// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { webapp1Pod } from '../testing/pods.ts';
import { adviceFor, type NodeFacts, withDebugRemedy } from './advice.ts';
import { broken, holds, unknown } from './link.ts';
import { subjectOf } from './subject.ts';

const UNREAD: NodeFacts = { os: undefined, runtime: undefined, isOfAks: undefined };
const CONTAINERD: NodeFacts = { os: 'windows', runtime: 'containerd://1.7.20', isOfAks: false };
const WALKED = [
  { link: 'dns', ...holds('found') },
  { link: 'kerberos', ...holds('a ticket') },
] as const;

const of = (windowsOptions: object = {}) =>
  subjectOf(
    webapp1Pod({
      spec: {
        securityContext: {
          windowsOptions: { gmsaCredentialSpecName: 'webapp1', ...windowsOptions },
        },
      },
    }),
    { container: undefined, nodeOs: undefined },
  );

describe('adviceFor, about host names of shares', () => {
  it.each([
    ['is given for containerd', CONTAINERD, {}, ['smb-by-name']],
    ['is given where the node may not be read', UNREAD, {}, ['smb-by-name']],
    ['is not given on AKS, which sets it', { ...CONTAINERD, isOfAks: true }, {}, []],
    ['is not given for Docker', { ...CONTAINERD, runtime: 'docker://20.10.9' }, {}, []],
    ['is not given in the network of the node', CONTAINERD, { hostProcess: true }, []],
  ])('%s', (_, node, windowsOptions, expected) => {
    expect(adviceFor(of(windowsOptions), { replicas: [], node, findings: WALKED })).toEqual(
      expected,
    );
  });

  it('is not given where a link is broken, or nobody has looked', () => {
    const advice = (findings: Parameters<typeof adviceFor>[1]['findings']) =>
      adviceFor(of(), { replicas: [], node: CONTAINERD, findings });
    expect(advice([...WALKED, { link: 'kerberos', ...broken('no', 'no-ticket') }])).toEqual([]);
    expect(advice([{ link: 'user', ...unknown('no', 'may-not-exec') }])).toEqual([]);
  });
});

describe('withDebugRemedy', () => {
  const findings = [{ link: 'dns', ...unknown('no nslookup', 'no-such-program') }] as const;

  it('leaves kubectl debug where the whole pod is the account', () => {
    expect(withDebugRemedy(findings, of())).toEqual(findings);
  });

  it('has another remedy where only the container is', () => {
    const pod = webapp1Pod({
      spec: {
        securityContext: {},
        containers: [
          {
            name: 'iis',
            securityContext: { windowsOptions: { gmsaCredentialSpecName: 'webapp1' } },
          },
        ],
      },
    });
    const subject = subjectOf(pod, { container: undefined, nodeOs: undefined });
    expect(withDebugRemedy(findings, subject)).toMatchObject([
      { link: 'dns', remedy: 'no-such-program-here' },
    ]);
  });
});
