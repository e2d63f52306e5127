// SPDX-License-Identifier: Apache-2.0
// Files as the plugin judges, writes and edits them, and what kubectl and a real API server make of them.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../src/api/credspec.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import {
  startTestCluster,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';

jest.setTimeout(60_000);

let cluster: TestCluster;
let gmsa: PluginKubectl;
let directory: string;

beforeAll(async () => {
  cluster = await startTestCluster();
  gmsa = pluginOf(cluster.controlPlane);
  directory = mkdtempSync(join(tmpdir(), 'gmsa-files-'));
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await cluster.stop();
});

const DOMAIN = WEBAPP1_CONTENTS.DomainJoinConfig;
const HOST = { PluginGUID: '{e4781092-f116-4b79-b55e-28eb6a224e26}', PluginInput: 'wins:user' };

function resource(changes: object = {}, contents: object = {}): object {
  return {
    ...{ apiVersion: 'windows.k8s.io/v1', kind: 'GMSACredentialSpec' },
    metadata: { name: uniqueName('web') },
    credspec: { ...WEBAPP1_CONTENTS, ...contents },
    ...changes,
  };
}

function file(name: string, contents: Buffer | string): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

/** What `kubectl apply` says of a file, and undefined if it accepts it. */
async function refusal(path: string): Promise<string | undefined> {
  try {
    await cluster.kubectl('apply', '--dry-run=server', '-f', path);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe('unknown fields', () => {
  it.each<[string, string, object]>([
    [
      'a misplaced HostAccountConfig',
      'credspec.HostAccountConfig',
      resource({}, { HostAccountConfig: HOST }),
    ],
    [
      'another case of a field',
      'credspec.DomainJoinConfig.SID',
      resource({}, { DomainJoinConfig: { ...DOMAIN, SID: DOMAIN.Sid } }),
    ],
    ['a field at the top', 'spec', resource({ spec: {} })],
    [
      'a field of metadata',
      'metadata.annotation',
      resource({ metadata: { name: 'web', annotation: {} } }),
    ],
    [
      'a field of an account',
      'credspec.ActiveDirectoryConfig.GroupManagedServiceAccounts.0.Domain',
      resource(
        {},
        {
          ActiveDirectoryConfig: {
            GroupManagedServiceAccounts: [{ Name: 'WebApp1', Scope: 'contoso.com', Domain: 'x' }],
          },
        },
      ),
    ],
  ])('%s is an error of lint, and the API server refuses it', async (_, field, object) => {
    const path = file('unknown.json', JSON.stringify(object, null, 2));
    expect(await refusal(path)).toContain(
      `unknown field "${field.replaceAll(/\.(\d+)/g, '[$1]')}"`,
    );
    const { code, stdout } = await gmsa(['lint', path, '-o', 'json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [{ check: 'unknown-field', path: field, line: expect.any(Number) }],
    });
  });

  it('are none that a resource of the cluster has', async () => {
    const object = resource() as { readonly metadata: { readonly name: string } };
    await cluster.apply(object);
    const { name } = object.metadata;
    const path = file('whole.yaml', await cluster.kubectl('get', 'gmsa', name, '-o', 'yaml'));
    expect(await gmsa(['lint', path, name])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('YAML of convert', () => {
  it('is read by kubectl as the text that it was', async () => {
    const words = [
      '0o17',
      '0x1F',
      '1_000',
      '+_1',
      '1e3',
      '12:30:45',
      'no',
      'y',
      '.inf',
      '2026-1-2',
    ];
    for (const account of words) {
      const contents = {
        ...WEBAPP1_CONTENTS,
        CmsPlugins: ['ActiveDirectory', ...words],
        DomainJoinConfig: { ...DOMAIN, MachineAccountName: account },
      };
      const name = uniqueName('text');
      const path = file('contents.json', JSON.stringify(contents));
      const { stdout } = await gmsa(['convert', path, '--name', name]);
      await cluster.kubectl('apply', '-f', file('resource.yaml', stdout));
      expect((await cluster.credspec(name)).credspec).toEqual(contents);
    }
  });
});

describe('the mode of a file', () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('keeps what export writes to its owner, also in place of another file', async () => {
    const name = uniqueName('mode');
    await cluster.applyCredspec(name);
    const old = file('old.json', 'x');
    chmodSync(old, 0o644);
    const paths = [join(directory, 'new.json'), old];
    for (const path of paths) {
      expect(await gmsa(['export', name, '--file', path])).toMatchObject({ code: 0, stderr: '' });
      expect(modeOf(path)).toBe(0o600);
    }
  });

  it('stays as it is where allow edits', async () => {
    const name = uniqueName('mode');
    const path = file('edited.json', JSON.stringify(resource({ metadata: { name } })));
    for (const mode of [0o644, 0o600]) {
      chmodSync(path, mode);
      const entry = `shop/${uniqueName('web')}`;
      expect(await gmsa(['allow', name, entry, '--file', path])).toMatchObject({ code: 0 });
      expect(modeOf(path)).toBe(mode);
    }
  });
});

describe('a file in UTF-16', () => {
  it('is edited by allow, and kubectl applies it', async () => {
    const name = uniqueName('utf16');
    const text = JSON.stringify(resource({ metadata: { name } }), null, 2);
    const path = file('utf16.json', Buffer.from(`\ufeff${text}`, 'utf16le'));
    const { code, stderr } = await gmsa(['allow', name, 'shop/web', '--file', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(path).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    await cluster.kubectl('apply', '-f', path);
    const { metadata } = await cluster.credspec(name);
    expect(metadata.annotations?.[ANNOTATION]).toBe('shop/web');
  });

  it('needs a byte order mark for kubectl, and lint says so', async () => {
    const path = file('unmarked.json', Buffer.from(JSON.stringify(resource()), 'utf16le'));
    expect(await refusal(path)).toBeDefined();
    const { code, stdout } = await gmsa(['lint', path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/UTF-16 without a byte order mark/);
  });
});
