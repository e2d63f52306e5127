// SPDX-License-Identifier: Apache-2.0
// What the chart makes of its values, without a cluster.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { parseArguments, type RunOptions } from '../../src/flags/arguments.ts';
import {
  CHART,
  type Helm,
  identityOf,
  type ManifestObject,
  NAMESPACE,
  objectNamed,
  objectsOf,
  RELEASE,
  startHelm,
} from './helm.ts';
import { EVERYTHING } from './values.ts';
import type { Container, Deployment, Job, NetworkPolicy, PodSpec, Role } from './workload.ts';

jest.setTimeout(60_000);

let helm: Helm;
beforeAll(async () => {
  helm = await startHelm();
});
afterAll(() => helm.close());

async function podSpec(values: object): Promise<PodSpec> {
  const objects = await helm.render(values);
  return (objectNamed(objects, DEPLOYMENT) as Deployment).spec.template.spec;
}

const DEPLOYMENT = `Deployment ${NAMESPACE}/${RELEASE}`;

/** The options with which the program would run. @throws Error with what it says of a wrong flag. */
function optionsOf({ args, env }: Container): RunOptions {
  const environment = Object.fromEntries(
    env.map(({ name, value }) => [name, value ?? NAMESPACE] as const),
  );
  const parsed = parseArguments(args, environment, { version: '0.0.0' });
  if ('exitCode' in parsed) throw new Error(parsed.stderr);
  return parsed.options;
}

describe('the chart', () => {
  it.each([
    ['its default values', {}],
    ['admission switched off', { admission: { enabled: false } }],
    ['everything switched on', EVERYTHING],
  ])('has nothing that `helm lint --strict` finds fault with: %s', async (_what, values) => {
    const { code, stdout } = await helm.run(['lint', '--strict', CHART], values);
    expect({ code, stdout }).toMatchObject({ code: 0 });
  });

  it('has the version of the program', async () => {
    const { version, appVersion } = parse(await readFile(`${CHART}/Chart.yaml`, 'utf8')) as {
      version: string;
      appVersion: string;
    };
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  it('asks for Kubernetes 1.30, and takes what vendors append to versions', async () => {
    await expect(helm.render({}, ['--kube-version=1.30.0-eks-1'])).resolves.toBeDefined();
    await expect(helm.render({}, ['--kube-version=1.29.14'])).rejects.toThrow(
      'chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.14',
    );
  });
});

describe('the program runs with what the chart gives it', () => {
  it('with default values as by itself, but that the configurations have an owner', async () => {
    const { containers } = await podSpec({});
    const byItself = optionsOf({ image: '', args: ['run'], env: [] });
    expect(optionsOf(containers[0])).toEqual({
      ...byItself,
      admission: { ...byItself.admission, ownerClusterRole: RELEASE },
    });
  });

  it('with every value that is a flag', async () => {
    const { containers } = await podSpec(EVERYTHING);
    expect(optionsOf(containers[0])).toMatchObject({
      namespace: NAMESPACE,
      metricsBindAddress: { port: 10080 },
      healthProbeBindAddress: { port: 10081 },
      maxConcurrentReconciles: 4,
      syncPeriodMs: 3_600_000,
      shutdownDelayMs: 40_000,
      leaderElectionRetryPeriodMs: 3_000,
      logLevel: 'debug',
      logFormat: 'text',
      admission: {
        webhookBindAddress: { port: 10443 },
        target: { type: 'service', name: `${RELEASE}-webhook` },
        certificates: {
          mode: 'self-managed',
          secret: 'gmsa-operator-webhook-cert',
          certValidityMs: 24 * 3_600_000,
          caValidityMs: 48 * 3_600_000,
        },
        authorizationCacheTtlMs: 0,
        randomHostname: true,
        ownerClusterRole: RELEASE,
      },
    });
  });

  it('with admission switched off', async () => {
    const { containers } = await podSpec({ admission: { enabled: false } });
    expect(optionsOf(containers[0]).admission).toBeUndefined();
  });

  it('with a certificate of somebody else', async () => {
    const certificates = { mode: 'external', secretName: 'mine' };
    const { containers } = await podSpec({ admission: { certificates } });
    expect(optionsOf(containers[0]).admission?.certificates).toEqual({
      mode: 'external',
      secret: 'mine',
    });
  });
});

describe('Node.js', () => {
  const optionsWith = async (values: object): Promise<string | undefined> => {
    const { containers } = await podSpec(values);
    return containers[0].env.find(({ name }) => name === 'NODE_OPTIONS')?.value;
  };

  it.each([
    ['256Mi', 128],
    ['1Gi', 512],
    ['1.5Gi', 768],
    ['262145Ki', 128],
    ['500M', 238],
    ['2G', 953],
    ['536870912', 256],
    [536870912, 256],
  ])('gets half of the memory limit %p for its old generation', async (memory, mebibytes) => {
    expect(await optionsWith({ resources: { limits: { memory } } })).toBe(
      `--max-semi-space-size=4 --max-old-space-size=${mebibytes}`,
    );
  });

  it.each([
    ['no memory limit', { limits: { memory: null } }],
    ['no limits', { limits: null }],
    ['no resources', null],
  ])('has no limit for its old generation with %s', async (_what, resources) => {
    expect(await optionsWith({ resources })).toBe('--max-semi-space-size=4');
  });

  it('gets the options of `nodeOptions` in place of these', async () => {
    const resources = { limits: { memory: 'any' } };
    const nodeOptions = '--max-old-space-size=200';
    expect(await optionsWith({ resources, nodeOptions })).toBe(nodeOptions);
  });
});

describe('pods', () => {
  it('end after they have served for as long as they are to', async () => {
    for (const shutdownDelaySeconds of [0, 5, 300]) {
      const { terminationGracePeriodSeconds } = await podSpec({ shutdownDelaySeconds });
      expect(terminationGracePeriodSeconds - shutdownDelaySeconds).toBeGreaterThan(20);
    }
  });

  it('on the network of their nodes make room before they come', async () => {
    const objects = await helm.render({ hostNetwork: true });
    const { spec } = objectNamed(objects, DEPLOYMENT) as Deployment;
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(spec.template.spec).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
    });
  });

  it.each([
    [{ tag: 'v9' }, 'registry.example/gmsa-operator:v9'],
    [{}, `registry.example/gmsa-operator:${packageJson.version}`],
    [
      { tag: 'v9', digest: `sha256:${'0'.repeat(64)}` },
      `registry.example/gmsa-operator@sha256:${'0'.repeat(64)}`,
    ],
  ])('have the image of %j', async (image, wanted) => {
    const { containers } = await podSpec({
      image: { repository: 'registry.example/gmsa-operator', ...image },
    });
    expect(containers[0].image).toBe(wanted);
  });
});

describe('the client CA of the webhooks', () => {
  const MOUNT = '/etc/gmsa-operator/client-ca';

  it.each([
    [
      { configMapName: 'clients' },
      { configMap: { name: 'clients', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
    [
      { secretName: 'clients', key: 'ca.pem' },
      { secret: { secretName: 'clients', items: [{ key: 'ca.pem', path: 'ca.crt' }] } },
    ],
  ])('is mounted as a directory, which is what changes reach: %j', async (clientCa, source) => {
    const { containers, volumes } = await podSpec({ admission: { clientCa } });
    expect(volumes).toContainEqual({ name: 'client-ca', ...source });
    expect(containers[0].volumeMounts).toContainEqual({
      ...{ name: 'client-ca', mountPath: MOUNT, readOnly: true },
    });
    expect(optionsOf(containers[0]).admission?.clientCaFile).toBe(`${MOUNT}/ca.crt`);
  });

  it.each([
    ['where none is named', {}],
    [
      'where admission is switched off',
      { admission: { enabled: false, clientCa: { secretName: 'clients' } } },
    ],
  ])('is neither asked for nor mounted %s', async (_what, values) => {
    const { containers, volumes } = await podSpec(values);
    expect(containers[0].args.join()).not.toContain('--webhook-client-ca');
    expect(volumes?.map(({ name }) => name)).toEqual(['service-account']);
  });
});

describe('the NetworkPolicy', () => {
  const ingressOf = async (values: object) => {
    const objects = await helm.render(values);
    const name = `NetworkPolicy ${NAMESPACE}/${RELEASE}`;
    return (objectNamed(objects, name) as NetworkPolicy).spec.ingress;
  };
  const rule = (port: string, from?: readonly object[]) => ({
    ports: [{ port, protocol: 'TCP' }],
    ...(from === undefined ? {} : { from }),
  });
  const podsNamed = (name: string) => ({
    podSelector: {
      matchLabels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': RELEASE },
    },
  });

  it('lets everybody reach the three ports by default', async () => {
    expect(await ingressOf({})).toEqual([rule('webhooks'), rule('metrics'), rule('probes')]);
  });

  it('has no rule for the webhooks where admission is switched off', async () => {
    expect(await ingressOf({ admission: { enabled: false } })).toEqual([
      ...[rule('metrics'), rule('probes')],
    ]);
  });

  it('lets only the named sources reach a port, and who else the chart itself needs there', async () => {
    const [api, prometheus, nodes] = ['10.0.0.0/28', '10.1.0.0/16', '10.2.0.0/16'].map((cidr) => ({
      ipBlock: { cidr },
    }));
    const ingress = { webhook: [api], metrics: [prometheus], probes: [nodes] };
    expect(await ingressOf({ networkPolicy: { ingress } })).toEqual([
      rule('webhooks', [api ?? {}, podsNamed(RELEASE), podsNamed(`${RELEASE}-test`)]),
      rule('metrics', [prometheus ?? {}, podsNamed(`${RELEASE}-test`)]),
      rule('probes', [nodes ?? {}]),
    ]);
  });

  it('leaves the other ports open where the sources of one are named', async () => {
    const metrics = [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }];
    expect(await ingressOf({ networkPolicy: { ingress: { metrics } } })).toEqual([
      rule('webhooks'),
      rule('metrics', [...metrics, podsNamed(`${RELEASE}-test`)]),
      rule('probes'),
    ]);
  });
});

it('`helm test` finds Node where the image has it', async () => {
  const { stdout } = await helm.run(['template', RELEASE, CHART, '--namespace', NAMESPACE]);
  const job = objectNamed(objectsOf(stdout), `Job ${NAMESPACE}/${RELEASE}-test`) as Job;
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const [, node] = /^ENTRYPOINT \["([^"]+)"/m.exec(dockerfile) ?? [];
  expect(job.spec.template.spec.containers[0].command?.[0]).toBe(node);
});

describe('rights', () => {
  const rulesOf = (objects: readonly ManifestObject[], identity: string) =>
    (objectNamed(objects, identity) as Role).rules;

  it('on Secrets end at reading the one, where the certificate is of somebody else', async () => {
    const certificates = { mode: 'external', secretName: 'mine' };
    const objects = await helm.render({ admission: { certificates } });
    const secrets = rulesOf(objects, `Role ${NAMESPACE}/${RELEASE}`).filter(({ resources }) =>
      resources.includes('secrets'),
    );
    expect(secrets).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['mine'],
        verbs: ['list', 'watch'],
      },
    ]);
  });

  it('of admission go with it, but to take away what was registered', async () => {
    const objects = await helm.render({ admission: { enabled: false } });
    const rules = [
      ...rulesOf(objects, `ClusterRole ${RELEASE}`),
      ...rulesOf(objects, `Role ${NAMESPACE}/${RELEASE}`),
    ];
    expect(rules.flatMap(({ resources }) => resources)).toEqual([
      'gmsacredentialspecs',
      'gmsacredentialspecs/status',
      'namespaces',
      'clusterroles',
      'rolebindings',
      'mutatingwebhookconfigurations',
      'validatingwebhookconfigurations',
      'leases',
    ]);
    expect(rules.find(({ resources }) => resources.includes('leases'))).toBeDefined();
    expect(
      rules.find(({ resources }) => resources.includes('mutatingwebhookconfigurations'))?.verbs,
    ).toEqual(['get', 'delete']);
    expect(objects.map(identityOf)).not.toContain(`Service ${NAMESPACE}/${RELEASE}-webhook`);
  });

  it('to write credential specs are given to nobody, with no value', async () => {
    const objects = await helm.render(EVERYTHING);
    const verbs = objects
      .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
      .flatMap((role) => (role as Role).rules)
      .filter(({ resources }) => resources.includes('gmsacredentialspecs'))
      .flatMap((rule) => rule.verbs);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list', 'watch', 'use']));
  });
});

it('names follow release and namespace, in the policies, too', async () => {
  const { code, stdout } = await helm.run(['template', 'prod', CHART, '--namespace', 'identity'], {
    nameOverride: 'gmsa',
    crds: { enabled: false },
  });
  expect(code).toBe(0);
  expect(stdout).toContain("== 'system:serviceaccount:identity:prod-gmsa'");
  expect(stdout).toContain("'identity/prod-gmsa-webhook'");
  expect(stdout).toContain('--webhook-service-name=prod-gmsa-webhook');
  expect(stdout).not.toContain('gmsa-operator-system');
});
