// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import packageJson from '../package.json' with { type: 'json' };

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly unknown[];
}

it('the bill of materials lists every package that the program is built from, and no tool', async () => {
  const script = fileURLToPath(new URL('sbom.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const { metadata, components } = JSON.parse(stdout) as {
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
  };
  const { name, version, dependencies, devDependencies } = packageJson;
  expect(metadata.component).toMatchObject({ name, version });
  const listed = new Map(components.map((component) => [component.name, component.version]));
  expect(Object.fromEntries(listed)).toMatchObject(dependencies);
  // client-node depends on types of Node.
  const tools = Object.keys(devDependencies).filter((each) => !each.startsWith('@types/'));
  expect(tools.filter((tool) => listed.has(tool))).toEqual([]);
  expect(components.filter(({ licenses, hashes }) => !licenses?.length || !hashes?.length)).toEqual(
    [],
  );
});
