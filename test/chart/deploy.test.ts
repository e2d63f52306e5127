// SPDX-License-Identifier: Apache-2.0
// The plain manifests on a real cluster, as `make deploy` and `make undeploy` bring and take them.
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readyCredspec } from '../integration/windows-pods.ts';
import { established } from '../support/established.ts';
import { waitFor } from '../support/wait-for.ts';
import { foreignKind } from './foreign-kind.ts';
import { NAMESPACE } from './helm.ts';
import { type Installation, startInstallation } from './installation.ts';

jest.setTimeout(120_000);

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let installation: Installation;
let credspec: string;

beforeAll(async () => {
  installation = await startInstallation({ controllers: true });
});

afterAll(() => installation.stop());

/** Runs a target in the cluster; `make` says more than the target does only where it fails. */
function make(
  target: 'deploy' | 'undeploy',
  dryRun = '',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { kubeconfigPath, kubectlPath } = installation.cluster.controlPlane;
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfigPath,
    PATH: [dirname(kubectlPath), process.env['PATH']].join(delimiter),
    DRY_RUN: dryRun,
    // Those of a make that runs the tests.
    MAKEFLAGS: '',
    MAKELEVEL: '',
  };
  return new Promise((resolve) => {
    execFile('make', ['--silent', target], { cwd: PROJECT, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
      resolve({ code, stdout, stderr });
    });
  });
}

const kubectl = (...args: readonly string[]): Promise<string> =>
  installation.cluster.kubectl(...args);

/** What is there of ours, by name. */
async function installed(): Promise<readonly string[]> {
  const kinds = [
    ...['crds', 'clusterroles', 'clusterrolebindings', 'namespaces', 'deployments', 'services'],
    ...['validatingadmissionpolicies', 'mutatingwebhookconfigurations'],
  ];
  const names = await kubectl('get', kinds.join(), '-A', '-o', 'name');
  return names.split('\n').filter((name) => name.includes('gmsa'));
}

describe('make deploy', () => {
  it('with DRY_RUN=server shows all that it would make, and makes nothing', async () => {
    const { code, stdout } = await make('deploy', 'server');
    expect(code).toBe(0);
    const created = stdout.split('\n').filter((line) => line.includes(' created ('));
    expect(created).toEqual(
      expect.arrayContaining([
        `namespace/${NAMESPACE} created (server dry run)`,
        'clusterrole.rbac.authorization.k8s.io/gmsa-operator created (server dry run)',
        'deployment.apps/gmsa-operator created (dry run)',
      ]),
    );
    const manifests = await kubectl('kustomize', `${PROJECT}/config/default`);
    expect(created).toHaveLength(manifests.match(/^kind: /gm)?.length ?? 0);
    expect(await installed()).toEqual([]);
  });

  it('with another value of DRY_RUN does nothing', async () => {
    const { code, stderr } = await make('deploy', 'yes');
    expect(code).toBe(2);
    expect(stderr).toContain('DRY_RUN: "yes" is not allowed: it must be server, client or none');
    expect(await installed()).toEqual([]);
  });

  it('installs an operator that works', async () => {
    const { code, stdout } = await make('deploy');
    expect(code).toBe(0);
    expect(stdout).toContain('rollout status deployment/gmsa-operator');
    const replicas = await installation.replicas();
    await replicas.startReplica();
    credspec = await readyCredspec(installation.cluster, { allowed: 'default/web' });
    await installation.cluster.condition(credspec, 'AdmissionReady', { status: 'True' });
    await replicas.close();
  });

  it('done again changes nothing', async () => {
    // kubectl calls some objects `configured` for lists that it always sends whole.
    await kubectl('diff', '-k', `${PROJECT}/config/default`);
    const { metadata } = await installation.deployment();
    expect(await make('deploy')).toMatchObject({ code: 0 });
    expect((await installation.deployment()).metadata).toEqual(metadata);
  });

  it.each(['server', 'client'])('with DRY_RUN=%s shows what it would change', async (mode) => {
    await kubectl('scale', 'deployment', 'gmsa-operator', '-n', NAMESPACE, '--replicas=5');
    const { code, stdout } = await make('deploy', mode);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^deployment.apps\/gmsa-operator configured \((server )?dry run\)$/m);
    expect((await installation.deployment()).spec.replicas).toBe(5);
  });
});

describe('kubectl apply -k', () => {
  it.each([
    'config/default',
    'config/overlays/external-certificates',
    'config/overlays/cert-manager',
  ])('%s is taken by the API server', async (path) => {
    await installation.cluster.apply(
      foreignKind('cert-manager.io', 'v1', 'Certificate'),
      foreignKind('cert-manager.io', 'v1', 'Issuer'),
    );
    await established(kubectl);
    await kubectl('apply', '-k', `${PROJECT}/${path}`, '--dry-run=server');
  });

  it('config/samples is taken by the API server', async () => {
    await kubectl('apply', '-f', `${PROJECT}/config/samples`, '--dry-run=server');
  });
});

describe('make undeploy', () => {
  it('with DRY_RUN=server shows what it would take away, and takes nothing', async () => {
    const before = await installed();
    const { code, stdout } = await make('undeploy', 'server');
    expect(code).toBe(0);
    expect(stdout).toContain('deployment.apps "gmsa-operator" deleted');
    expect(stdout).not.toContain('customresourcedefinition');
    expect(await installed()).toEqual(before);
  });

  it('keeps credspecs and what was granted, and nothing that refuses a pod', async () => {
    expect(await make('undeploy')).toMatchObject({ code: 0 });
    const left = [
      'clusterrole.rbac.authorization.k8s.io/gmsa-operator:' + credspec,
      'customresourcedefinition.apiextensions.k8s.io/gmsacredentialspecs.windows.k8s.io',
    ];
    await waitFor('garbage collection', async () => {
      const names = await installed();
      return names.toSorted().join() === left.join();
    });
    expect((await installation.cluster.credspec(credspec)).status?.conditions).toBeDefined();
  });
});
