// SPDX-License-Identifier: Apache-2.0
// Which documents have parts that are made from the code, and what makes each.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { chartValues } from './chart-values.ts';
import { flagValues, runHelp } from './flags.ts';
import { admissionMetrics, controllerMetrics, ownMetrics } from './metrics.ts';
import { type Parts, withParts } from './parts.ts';
import { exitCodes, objectChecks, verbHelps, verbSummaries } from './plugin.ts';

/** By path. */
export const DOCUMENTS: Readonly<Record<string, Parts>> = {
  'charts/gmsa-operator/README.md': { values: chartValues },
  'docs/reference/flags.md': { help: runHelp, values: flagValues },
  'docs/reference/metrics.md': {
    'own metrics': ownMetrics,
    'metrics of the controller': controllerMetrics,
    'metrics of admission': admissionMetrics,
  },
  'docs/reference/kubectl-gmsa.md': {
    verbs: verbSummaries,
    'exit codes': exitCodes,
    'checks of lint': objectChecks,
    ...verbHelps,
  },
};

/** Where a document of {@link DOCUMENTS} is. */
export function fileOf(document: string): string {
  return fileURLToPath(new URL(`../../${document}`, import.meta.url));
}

/** A document of {@link DOCUMENTS} with its parts as they are to be. */
export async function generated(document: string): Promise<string> {
  const file = fileOf(document);
  const text = withParts(await readFile(file, 'utf8'), DOCUMENTS[document] ?? {});
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}
