// SPDX-License-Identifier: Apache-2.0
// Prints the software bill of materials (CycloneDX 1.5, JSON) of what the program is built from: the
// packages that it depends on at run time, as package-lock.json has them, with hashes and licences. They
// are in the bundle, where no scanner finds them.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };

const { stdout } = await promisify(execFile)(
  'npm',
  ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'],
  { cwd: fileURLToPath(new URL('../', import.meta.url)), maxBuffer: 64 * 1024 * 1024 },
);
const sbom = JSON.parse(stdout) as { metadata: { component: { name: string } } };
// npm takes the name of the directory.
sbom.metadata.component.name = packageJson.name;
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`);
