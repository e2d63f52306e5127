// SPDX-License-Identifier: Apache-2.0
// What users see when they apply a credspec: warnings that say what will not work and what to do, and
// never a refusal, whether the operator runs or not.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION, API_VERSION, KIND } from '../../src/api/credspec.ts';
import { usesExistingCluster } from '../support/control-plane/existing-cluster.ts';
import { createOperatorReplicas, type OperatorReplicas } from '../support/operator-replicas.ts';
import {
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import { admissionInForce, namespaceWith } from './windows-pods.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let replicas: OperatorReplicas;
let namespace: string;

// The endpoints of the Service are on this machine, which an existing cluster does not share.
const describeOwn = usesExistingCluster() ? describe.skip : describe;

describeOwn('kubectl apply of a credspec', () => {
  beforeAll(async () => {
    cluster = await startTestCluster();
    replicas = createOperatorReplicas({
      service: await createWebhookService(cluster.client),
      kubeconfig: await cluster.controlPlane.serviceAccountKubeconfig(
        'gmsa-operator-system',
        'gmsa-operator',
      ),
    });
    await replicas.startReplica();
    await admissionInForce(cluster);
    namespace = await namespaceWith(cluster);
    // Operators hear of a namespace a moment after it was made.
    await waitFor('a word about namespaces', async () => {
      const { warnings } = await apply({ allowed: `${namespace}/web` });
      return warnings.length === 0;
    });
  });

  afterAll(async () => {
    await replicas.close();
    await cluster.stop();
  });

  /** What kubectl prints of it: `Warning: …` lines without that word, and what it did. */
  async function apply(credspec: {
    readonly name?: string;
    readonly allowed?: string;
    readonly contents?: unknown;
    readonly apiVersion?: string;
  }): Promise<{ code: number; name: string; warnings: readonly string[]; stdout: string }> {
    const { name = uniqueName('webapp'), allowed, contents = WEBAPP1_CONTENTS } = credspec;
    const object = {
      apiVersion: credspec.apiVersion ?? API_VERSION,
      kind: KIND,
      metadata: {
        name,
        annotations:
          allowed === undefined ? {} : { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: allowed },
      },
      credspec: contents,
    };
    const { code, stdout, stderr } = await cluster.controlPlane.kubectl(['apply', '-f', '-'], {
      stdin: JSON.stringify(object),
    });
    const warnings = stderr
      .split('\n')
      .flatMap((line) => (line.startsWith('Warning: ') ? [line.slice('Warning: '.length)] : []));
    return { code, name, warnings, stdout };
  }

  const domain = (changes: object): object => ({
    ...WEBAPP1_CONTENTS,
    DomainJoinConfig: { ...WEBAPP1_CONTENTS.DomainJoinConfig, ...changes },
  });

  it('says nothing where there is nothing to say', async () => {
    const { code, warnings, stdout } = await apply({ allowed: `${namespace}/web ${namespace}/*` });
    expect({ code, warnings }).toEqual({ code: 0, warnings: [] });
    expect(stdout).toMatch(/created/);
  });

  it.each([
    [
      '*/web',
      /^entry "\*\/web" .*; it grants nothing \(annotation gmsa-operator\.io\/allowed-service-accounts\)$/,
    ],
    ['*/*', /^entry "\*\/\*" .*; it grants nothing/],
    ['web', /^entry "web" .*`namespace\/name`.*; it grants nothing/],
    ['Prod/web', /^entry "Prod\/web" .*; it grants nothing/],
  ])('names the entry %s, which grants nothing', async (entry, warning) => {
    const { code, warnings } = await apply({ allowed: `${entry},${namespace}/web` });
    expect(code).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('names an entry whose namespace does not exist, and what to do', async () => {
    const missing = uniqueName('missing');
    const { code, warnings } = await apply({ allowed: `${missing}/web` });
    expect(code).toBe(0);
    expect(warnings).toEqual([
      `entry "${missing}/web": there is no namespace ${missing}, so it grants nothing until there is; create the namespace, or correct the entry`,
    ]);
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['are empty', {}, /ActiveDirectoryConfig|CmsPlugins|DomainJoinConfig/],
    ['hold no SID', domain({ Sid: 'webapp1' }), /Sid/],
    [
      'name the domain with the account',
      domain({ MachineAccountName: 'CONTOSO\\WebApp1' }),
      /MachineAccountName "CONTOSO\\WebApp1" .* Only "WebApp1" is the account/,
    ],
    [
      'have placeholders',
      domain({ NetBiosName: '<NETBIOS_DOMAIN_NAME>' }),
      /NetBiosName "<NETBIOS_DOMAIN_NAME>" has a placeholder/,
    ],
    ['look wrong', domain({ NetBiosName: 'A-NAME-THAT-IS-TOO-LONG' }), /NetBiosName/],
  ])('warns of contents that %s', async (_, contents, warning) => {
    const { code, warnings } = await apply({ contents });
    expect(code).toBe(0);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.join('\n')).toMatch(warning);
  });

  it('warns of all that at once, also in the deprecated version, which its own warning goes with', async () => {
    const { code, warnings } = await apply({
      apiVersion: 'windows.k8s.io/v1alpha1',
      allowed: `web ${uniqueName('missing')}/web`,
      contents: domain({ Sid: 'webapp1' }),
    });
    expect(code).toBe(0);
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^entry "web"/),
        expect.stringMatching(/there is no namespace/),
        expect.stringMatching(/Sid/),
        expect.stringMatching(/v1alpha1.*deprecated/),
      ]),
    );
  });

  it('warns again when the credspec is changed, and not of what was mended', async () => {
    const { name } = await apply({ allowed: 'web' });
    const mended = await apply({ name, allowed: `${namespace}/web` });
    expect(mended).toMatchObject({ code: 0, warnings: [] });
    expect(mended.stdout).toMatch(/configured/);
    const spoilt = await apply({ name, allowed: 'web' });
    expect(spoilt.warnings).toEqual([expect.stringMatching(/^entry "web"/)]);
  });

  it('is told in ten lines of ten thousand wrong entries', async () => {
    const allowed = Array.from({ length: 10_000 }, (_, i) => `Bad-${i}/x`).join(' ');
    const { warnings, stderr } = await applied(allowed);
    expect(stderr).not.toMatch(/refused|denied|Error/);
    expect(warnings.length).toBeGreaterThan(1);
    expect(warnings.length).toBeLessThanOrEqual(10);
    expect(warnings.at(-1)).toMatch(/^and \d+ more/);
  });

  /** By `kubectl annotate`: apply keeps a copy of it all, and there is a limit to annotations. */
  async function applied(allowed: string): Promise<{ warnings: string[]; stderr: string }> {
    const { name } = await apply({});
    const { stderr } = await cluster.controlPlane.kubectl([
      ...['annotate', 'gmsacredentialspec', name],
      `${ALLOWED_SERVICE_ACCOUNTS_ANNOTATION}=${allowed}`,
    ]);
    const lines = stderr.split('\n').filter((line) => line.startsWith('Warning: '));
    return { warnings: lines.map((line) => line.slice('Warning: '.length)), stderr };
  }

  it('is as quick and as good without the operator, only without warnings', async () => {
    await replicas.close();
    const before = performance.now();
    const { code, warnings, stdout } = await apply({ allowed: '*/*', contents: {} });
    expect({ code, warnings }).toEqual({ code: 0, warnings: [] });
    expect(stdout).toMatch(/created/);
    // Less than it would wait for somebody who does not answer.
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
