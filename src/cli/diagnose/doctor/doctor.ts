// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa doctor`: reads, examines, and writes the bundle where it is asked for.
import packageJson from '../../../../package.json' with { type: 'json' };
import { printAnswer } from '../../answer.ts';
import { usageError } from '../../cli-error.ts';
import type { Verdict } from '../../exit-code.ts';
import type { CommandInput } from '../../command.ts';
import { type BundleFile, bundleFiles } from './bundle.ts';
import { examine } from './examine.ts';
import { findingsText } from './findings-text.ts';
import { readOperatorLogs } from './operator-logs.ts';
import { takeSnapshot } from './take-snapshot.ts';
import type { DOCTOR_FLAGS } from './command.ts';

/** Where it was to go to stdout, which the findings go to. */
const BUNDLE_HINT = 'name the file: --bundle gmsa.tar.gz';

/** Runs the command. */
export async function run({
  flags,
  io,
  withCluster,
}: CommandInput<typeof DOCTOR_FLAGS>): Promise<Verdict> {
  const { bundle, operatorNamespace: namespace = 'gmsa-operator-system' } = flags;
  if (bundle === '-') throw usageError('--bundle writes a file, and not to stdout', BUNDLE_HINT);
  const { serviceAccount, certSecret } = flags;
  const { version: plugin } = packageJson;
  const now = new Date();
  const options = { namespace, serviceAccount, certSecret, plugin, now };
  const { snapshot, logs } = await withCluster(
    { ...flags, namespace: undefined },
    async (cluster) => {
      const taken = await takeSnapshot(cluster, options);
      const read =
        bundle === undefined ? [] : await readOperatorLogs(cluster.client, taken.workload.pods);
      return { snapshot: taken, logs: read };
    },
  );
  const findings = examine(snapshot);
  await printAnswer(io, flags.output, {
    data: { findings },
    text: (style) => findingsText(findings, style),
  });
  // After the findings: these are worth having where the file cannot be written, too.
  if (bundle !== undefined) {
    await io.writeFile(bundle, await bundleArchive(bundleFiles(snapshot, findings, logs), now));
    if (flags.output === 'table') {
      io.stdout.write(`${bundle} is written. It holds no secret; read it before you hand it on.\n`);
    }
  }
  return findings.some(({ severity }) => severity === 'error') ? 'no' : 'ok';
}

async function bundleArchive(files: readonly BundleFile[], now: Date): Promise<Buffer> {
  const { createTarGzip } = await import('nanotar');
  const archive = await createTarGzip(
    files.map(({ name, text }) => ({ name: `gmsa-doctor/${name}`, data: text })),
    { attrs: { mtime: now.getTime(), mode: '644' } },
  );
  return Buffer.from(archive);
}
