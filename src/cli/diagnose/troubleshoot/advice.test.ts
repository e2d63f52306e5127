// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { webapp1Pod } from '../testing/pods.ts';
import { adviceFor, type NodeFacts, withFittingRemedies } from './advice.ts';
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

describe('advice about host names that are alike', () => {
  const ownedBy = (kind: string) => [{ apiVersion: 'v1', kind, name: 'x', uid: 'x' }];
  const replica = (name: string, spec: object, metadata: object) =>
    webapp1Pod({ name, metadata, spec });
  const remedies = (spec: object, metadata: object) => {
    const names = ['inventory-service-backend-0', 'inventory-service-backend-1'];
    const pods = names.map((name) => replica(name, spec, metadata));
    const [first] = pods;
    if (first === undefined) throw new Error('there are two');
    const subject = subjectOf(first, { container: undefined, nodeOs: undefined });
    const lost = [{ link: 'secure-channel', ...broken('down', 'trust-lost') }] as const;
    return {
      advice: adviceFor(subject, { replicas: pods, node: UNREAD, findings: lost }),
      remedy: withFittingRemedies(lost, subject)[0]?.remedy,
    };
  };
  const annotations = { 'gmsa-operator.io/random-hostname': 'true' };

  it.each<readonly [string, object, object, string, string]>([
    ['a Deployment', {}, {}, 'hostnames-alike', 'trust-lost'],
    [
      'a StatefulSet, which has the annotation already',
      { hostname: 'inventory-service-backend-0' },
      { annotations, ownerReferences: ownedBy('StatefulSet') },
      'hostnames-of-controller',
      'hostnames-of-controller',
    ],
    [
      'an Indexed Job',
      { hostname: 'inventory-service-backend-0' },
      {
        annotations: { ...annotations, 'batch.kubernetes.io/job-completion-index': '0' },
        ownerReferences: ownedBy('Job'),
      },
      'hostnames-of-controller',
      'hostnames-of-controller',
    ],
    [
      'a Deployment with a host name in its template',
      { hostname: 'inventory' },
      { annotations, ownerReferences: ownedBy('ReplicaSet') },
      'hostname-of-template',
      'hostname-of-template',
    ],
  ])('fits %s', (_, spec, metadata, advice, remedy) => {
    expect(remedies(spec, metadata)).toEqual({ advice: [advice], remedy });
  });
});

describe('withFittingRemedies', () => {
  const findings = [{ link: 'dns', ...unknown('no nslookup', 'no-such-program') }] as const;

  it('leaves kubectl debug where the whole pod is the account', () => {
    expect(withFittingRemedies(findings, of())).toEqual(findings);
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
    expect(withFittingRemedies(findings, subject)).toMatchObject([
      { link: 'dns', remedy: 'no-such-program-here' },
    ]);
  });
});
