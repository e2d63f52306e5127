// SPDX-License-Identifier: Apache-2.0
// Credential specs that an early, permissive CustomResourceDefinition let through and today's schema refuses: they
// are stored as they are, and every command shows them as what they are.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { established } from '../support/established.ts';
import { createServiceAccount } from '../support/gmsa-pod.ts';
import { type OperatorProcess, startInstalledOperator } from '../support/operator-process.ts';
import { CRD_FILE, startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { connect } from '../../src/cli/connect.ts';
import { runProgram } from '../../src/cli/program.ts';
import { fakeIo } from '../../src/cli/testing/fake-io.ts';

jest.setTimeout(90_000);

const CRD = 'customresourcedefinition/gmsacredentialspecs.windows.k8s.io';

const PERMISSIVE_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'gmsacredentialspecs.windows.k8s.io',
    annotations: {
      'api-approved.kubernetes.io':
        'https://github.com/kubernetes/enhancements/tree/master/keps/sig-windows/689-windows-gmsa',
    },
  },
  spec: {
    group: 'windows.k8s.io',
    names: { kind: 'GMSACredentialSpec', plural: 'gmsacredentialspecs' },
    scope: 'Cluster',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

const SECRET = 48_151_623;

/** By name: what today's schema refuses, in contents and in status. */
const VIOLATIONS: Readonly<Record<string, object>> = {
  number: { credspec: { DomainJoinConfig: { MachineAccountName: 4711, DnsName: 'corp.example' } } },
  text: { credspec: 'CORP' },
  list: { credspec: [] },
  nothing: { credspec: null },
  missing: {},
  lists: {
    credspec: {
      CmsPlugins: 'ActiveDirectory',
      DomainJoinConfig: [],
      ActiveDirectoryConfig: { GroupManagedServiceAccounts: { Name: 1 } },
    },
  },
  items: {
    credspec: { ActiveDirectoryConfig: { GroupManagedServiceAccounts: [null, 7, { Name: [] }] } },
  },
  secret: { credspec: { ActiveDirectoryConfig: { HostAccountConfig: { PluginInput: SECRET } } } },
  'status-number': { credspec: {}, status: 5 },
  'status-fields': {
    credspec: {},
    status: { conditions: 5, bindings: [1], missingNamespaces: null, warnings: 'w' },
  },
  'status-items': { credspec: {}, status: { conditions: [7, { type: 'Ready' }] } },
};
const NAMES = Object.keys(VIOLATIONS);

let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await startTestCluster({ crd: 'leave-out' });
  namespace = await cluster.createNamespace();
  await createServiceAccount(cluster.client, namespace, 'web');
  await cluster.apply(PERMISSIVE_CRD);
  await established(cluster.kubectl, [CRD]);
  for (const [name, rest] of Object.entries(VIOLATIONS)) {
    await cluster.client.request({
      method: 'POST',
      path: '/apis/windows.k8s.io/v1alpha1/gmsacredentialspecs',
      body: {
        apiVersion: 'windows.k8s.io/v1alpha1',
        kind: 'GMSACredentialSpec',
        metadata: {
          name,
          annotations: { 'gmsa-operator.io/allowed-service-accounts': `${namespace}/web` },
        },
        ...rest,
      },
    });
  }
  await cluster.kubectl('apply', '-f', CRD_FILE);
  await established(cluster.kubectl, [CRD]);
});

afterAll(async () => {
  await cluster.kubectl('delete', CRD, '--ignore-not-found');
  await cluster.stop();
});

/** Runs the plugin in this process: there are too many runs for one each. */
async function gmsa(words: readonly string[]) {
  const io = fakeIo({ env: { KUBECONFIG: cluster.controlPlane.kubeconfigPath } });
  const code = await runProgram(words, {
    version: '0',
    commands: COMMANDS,
    io,
    withCluster: (flags, use) =>
      connect({ flags, env: io.env, stderr: io.stderr, version: '0' }, use),
  });
  return { code, stdout: io.out(), stderr: io.err() };
}

/** Every command that reads credential specs, about one of them. */
const ABOUT_ONE: readonly ((name: string) => readonly string[])[] = [
  (name) => ['status', name],
  (name) => ['status', name, '-o', 'json'],
  (name) => ['status', name, '-o', 'yaml'],
  (name) => ['can-use', name, `${namespace}/web`],
  (name) => ['export', name],
  (name) => ['lint', name],
  (name) => ['allow', name, `${namespace}/api`, '--dry-run=server'],
  (name) => ['revoke', name, `${namespace}/web`, '--dry-run=client'],
];

async function readableByAll(): Promise<void> {
  for (const name of NAMES) {
    for (const command of ABOUT_ONE) {
      const words = command(name);
      const { code, stdout, stderr } = await gmsa(words);
      expect(`${words.join(' ')}: ${stderr}`).not.toMatch(/not foreseen|Cannot read|is not a/);
      // A dry run at the API server may refuse the object, and says so.
      expect(code).toBeLessThan(words.includes('--dry-run=server') ? 4 : 2);
      if (code < 2) expect(stdout).not.toBe('');
    }
  }
  for (const words of [
    ['status'],
    ['status', '-o', 'json'],
    ['doctor'],
    ['doctor', '-o', 'yaml'],
    ['doctor', '--bundle', 'gmsa.tar.gz'],
  ]) {
    const { code, stdout, stderr } = await gmsa(words);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    for (const name of NAMES) expect(stdout).toContain(name);
  }
}

describe('without an operator', () => {
  it('every command shows them as what they are', async () => {
    await readableByAll();
    const { stdout } = await gmsa(['status']);
    expect(stdout).toMatch(/^number .* 4711 \(a number\) +corp\.example /m);
  });
});

describe('with the operator', () => {
  let operator: OperatorProcess;

  beforeAll(async () => {
    operator = await startInstalledOperator(cluster.controlPlane);
  });

  afterAll(async () => {
    await operator.close();
  });

  it('access is granted, the status says which field is wrong, and no value is logged', async () => {
    for (const name of NAMES) {
      const { conditions } = await waitFor(`the status of ${name}`, async () => {
        const { status } = await cluster.credspec(name);
        const isWritten = status?.observedAnnotationHash !== undefined;
        return isWritten ? status : undefined;
      });
      expect(conditions).toContainEqual(
        expect.objectContaining({ type: 'AccessGranted', status: 'True' }),
      );
      expect(await cluster.canUse(name, `${namespace}/web`)).toBe(true);
    }
    const valid = await cluster.condition('number', 'Valid', { status: 'False' });
    expect(valid.message).toContain('MachineAccountName');
    const number = await gmsa(['status', 'number']);
    expect(number.stdout).toContain(
      'problem: It violates the schema: credspec.DomainJoinConfig.MachineAccountName is a number, not a string.\n',
    );
    expect(number.stdout).toMatch(new RegExp(`^${namespace} +web$`, 'm'));
    expect((await gmsa(['doctor'])).stdout).not.toContain('no operator has looked at it');
    expect(JSON.stringify(await operator.log())).not.toContain(String(SECRET));
    await readableByAll();
  });
});
