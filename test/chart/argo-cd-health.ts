// SPDX-License-Identifier: Apache-2.0
// The health check of docs/gitops.md, run by the Lua that Argo CD embeds (gopher-lua), without libraries
// but the few functions that Argo CD leaves.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { provide } from '../support/control-plane/binaries.ts';

/** What Argo CD makes of an object. */
export interface Health {
  readonly status: string;
  readonly message: string;
}

const KEY = 'resource.customizations.health.windows.k8s.io_GMSACredentialSpec';

/** The health of an object. @throws Error with what Lua says where the check fails. */
export async function argoCdHealth(object: unknown): Promise<Health> {
  const check = await readCheck();
  const { glua } = await provide(['glua']);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-lua-'));
  try {
    const script = join(directory, 'health.lua');
    // Everything after is out of reach for the check, which has environments of its own.
    await writeFile(
      script,
      `local environment = { obj = ${luaOf(object)}, ipairs = ipairs, pairs = pairs }
local check = function()
${check}
end
local health = setfenv(check, environment)()
print(health.status)
print(health.message)
`,
    );
    const { stdout } = await promisify(execFile)(glua, [script]);
    const [status = '', ...message] = stdout.trimEnd().split('\n');
    return { status, message: message.join('\n') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readCheck(): Promise<string> {
  const document = await readFile(new URL('../../docs/gitops.md', import.meta.url), 'utf8');
  for (const [, yaml = ''] of document.matchAll(/^```yaml\n(.*?)^```$/gms)) {
    const { data } = parse(yaml) as { readonly data?: Readonly<Record<string, string>> };
    const check = data?.[KEY];
    if (check !== undefined) return check;
  }
  throw new Error(`docs/gitops.md has no ${KEY}`);
}

/** A value as Lua writes it: objects and arrays are tables, the first index is 1. */
function luaOf(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `{ ${value.map(luaOf).join(', ')} }`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, each]) => `[${text(key)}] = ${luaOf(each)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' ? text(value) : JSON.stringify(value);
}

/** In decimal escapes wherever it is no plain character: Lua knows no \\u. */
function text(value: string): string {
  const bytes = [...Buffer.from(value)].map((byte) =>
    /[\w .:/-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${pad(byte)}`,
  );
  return `"${bytes.join('')}"`;
}

const pad = (byte: number): string => String(byte).padStart(3, '0');
