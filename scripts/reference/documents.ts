// SPDX-License-Identifier: Apache-2.0
// Which documents have parts that are made from the code, and what makes each.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import {
  credspecWarnings,
  denialMessages,
  denialTable,
  podAnnotationTable,
  podWarnings,
  refusalTable,
} from './admission.ts';
import { chartValues } from './chart-values.ts';
import { conditionTable, reasonsInShort } from './conditions.ts';
import { configurationEventTable, credspecEventTable } from './events.ts';
import { contentErrors, contentMessages, contentWarnings } from './contents.ts';
import { invalidEntryTable } from './entries.ts';
import { flagValues, runHelp } from './flags.ts';
import {
  conditionMessages,
  configurationEventMessages,
  credspecEventMessages,
} from './messages.ts';
import { admissionMetrics, controllerMetrics, ownMetrics } from './metrics.ts';
import { type Parts, withParts } from './parts.ts';
import {
  ccgEventTable,
  exitCodes,
  objectChecks,
  commandHelps,
  commandSummaries,
} from './plugin.ts';
import { columns, statusFields } from './resource.ts';

/** By path. */
export const DOCUMENTS: Readonly<Record<string, Parts>> = {
  'README.md': { reasons: reasonsInShort },
  'charts/gmsa-operator/README.md': { values: chartValues },
  'docs/reference/admission.md': {
    denials: denialTable,
    'annotations on pods': podAnnotationTable,
  },
  'docs/credential-spec-checks.md': { errors: contentErrors, warnings: contentWarnings },
  'docs/reference/annotation.md': { 'invalid entries': invalidEntryTable },
  'docs/reference/flags.md': { help: runHelp, values: flagValues },
  'docs/reference/status.md': { columns, fields: statusFields, conditions: conditionTable },
  'docs/reference/events.md': {
    'Events about credspecs': credspecEventTable,
    'Events about the webhook configurations': configurationEventTable,
  },
  'docs/reference/messages.md': {
    'messages of conditions': conditionMessages,
    'messages about contents': contentMessages,
    'messages of Events about credspecs': credspecEventMessages,
    'messages of Events about the webhook configurations': configurationEventMessages,
    'denials word by word': denialMessages,
    'warnings about pods': podWarnings,
    'warnings about credential specs': credspecWarnings,
    refusals: refusalTable,
  },
  'docs/troubleshooting.md': { "events of the node's log": ccgEventTable },
  'docs/reference/metrics.md': {
    'own metrics': ownMetrics,
    'metrics of the controller': controllerMetrics,
    'metrics of admission': admissionMetrics,
  },
  'docs/reference/kubectl-gmsa.md': {
    commands: commandSummaries,
    'exit codes': exitCodes,
    'checks of lint': objectChecks,
    ...commandHelps,
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
