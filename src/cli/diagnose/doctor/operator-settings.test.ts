// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { read } from '../testing/read.ts';
import { operatorDeployment, operatorPod } from '../testing/workloads.ts';
import { type OperatorSettings, operatorSettings } from './operator-settings.ts';
import { isOperators } from './operator-workload.ts';

const UNREADABLE = { type: 'unreadable', why: 'no' } as const;
const USUAL: OperatorSettings = {
  serviceAccount: 'gmsa-operator',
  certSecret: 'gmsa-operator-webhook-cert',
  admission: true,
  issuesCertificates: true,
};

describe('operatorSettings', () => {
  it.each<[readonly string[], Partial<OperatorSettings>]>([
    [[], {}],
    [['--admission=false'], { admission: false }],
    [['--admission', 'false'], { admission: false }],
    [['--admission=false', '--admission=true'], {}],
    [
      ['--cert-mode=external', '--cert-secret=mine'],
      { issuesCertificates: false, certSecret: 'mine' },
    ],
  ])('are those of the arguments %j', (args, more) => {
    const deployments = read([operatorDeployment({ args })]);
    expect(operatorSettings({ deployments, pods: read([]) })).toEqual({ ...USUAL, ...more });
  });

  it('are those of the environment where no argument says otherwise', () => {
    const { spec, ...rest } = operatorDeployment({ args: ['--cert-mode=self-managed'] });
    const [container] = spec.template.spec.containers;
    const env = [
      { name: 'GMSA_OPERATOR_CERT_MODE', value: 'external' },
      { name: 'GMSA_OPERATOR_CERT_SECRET', value: 'mine' },
    ];
    const containers = container === undefined ? [] : [{ ...container, env }];
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
    const deployments = read([{ ...rest, spec: { ...spec, template } }]);
    expect(operatorSettings({ deployments, pods: read([]) })).toEqual({
      ...USUAL,
      certSecret: 'mine',
    });
  });

  it('are unknown, and the account that of a pod, where Deployments may not be read', () => {
    const pod = operatorPod();
    const pods = read([{ ...pod, spec: { ...pod.spec, serviceAccountName: 'prod-gmsa' } }]);
    const unknown = { admission: undefined, issuesCertificates: undefined };
    expect(operatorSettings({ deployments: UNREADABLE, pods })).toEqual({
      ...{ ...USUAL, ...unknown },
      serviceAccount: 'prod-gmsa',
    });
    const nothing = { deployments: read([]), pods: read([]) };
    expect(operatorSettings(nothing)).toEqual({ ...USUAL, ...unknown });
  });

  it('are what is asked for before all', () => {
    const asked = { serviceAccount: 'a', certSecret: 'b' };
    const deployments = read([operatorDeployment({ args: ['--cert-secret=mine'] })]);
    expect(operatorSettings({ deployments, pods: read([]) }, asked)).toMatchObject(asked);
  });
});

describe('isOperators', () => {
  it.each([
    [true, { 'app.kubernetes.io/name': 'gmsa-operator' }],
    [true, { 'app.kubernetes.io/name': 'gmsa', 'helm.sh/chart': 'gmsa-operator-0.1.0' }],
    [false, { 'app.kubernetes.io/name': 'gmsa', 'helm.sh/chart': 'gmsa-0.1.0' }],
    [false, {}],
  ])('is %s with labels %j', (is, labels) => {
    const { spec, ...rest } = operatorDeployment({ metadata: { labels } });
    const template = { ...spec.template, metadata: {} };
    expect(isOperators({ ...rest, spec: { ...spec, template } })).toBe(is);
  });
});
