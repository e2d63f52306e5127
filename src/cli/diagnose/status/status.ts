// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa status`: reads what the report is made of.
import { parseAllowedServiceAccounts } from '../../../api/allowed-service-accounts.ts';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../../api/credspec.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import { printAnswer } from '../../answer.ts';
import {
  getCredspec,
  installedDefinition,
  listCredspecs,
  type StoredCredspec,
} from '../../credspecs.ts';
import type { Verdict } from '../../exit-code.ts';
import {
  type GeneratedLookup,
  readAllGenerated,
  readGenerated,
} from '../../generated-access/read-generated.ts';
import { readBindings } from '../../generated-access/other-bindings.ts';
import type { CommandInput } from '../../command.ts';
import { observationOf, whyNoStatus } from '../../observation.ts';
import type { PodObject } from '../pod.ts';
import { listAll, type Reading, reading } from '../reading.ts';
import type { EventObject } from '../refusal.ts';
import { EVENTS, PODS } from '../resources.ts';
import { isReady, reportCredspecs, type StatusSnapshot, unnamedRefusals } from './report.ts';
import { detailsText, overviewText, reportData, unnamedText } from './report-text.ts';
import type { STATUS_FLAGS } from './command.ts';

/** Runs the command. */
export async function run({
  args: [name],
  flags,
  io,
  withCluster,
}: CommandInput<typeof STATUS_FLAGS>): Promise<Verdict> {
  const snapshot = await withCluster(flags, ({ client }) => takeSnapshot(client, name));
  const reports = reportCredspecs(snapshot);
  const unnamed = unnamedRefusals(snapshot);
  await printAnswer(io, flags.output, {
    data: reportData(reports, unnamed),
    text: (style) =>
      (name === undefined
        ? overviewText(reports, style)
        : reports.map((report) => detailsText(report, style)).join('\n')) +
      unnamedText(unnamed, style),
  });
  return reports.every(isReady) ? 'ok' : 'no';
}

async function takeSnapshot(client: KubeClient, name: string | undefined): Promise<StatusSnapshot> {
  const credspecs =
    name === undefined
      ? listCredspecs(client)
      : getCredspec(client, name).then((credspec) => [credspec]);
  const [found, definition, bound, pods, events] = await Promise.all([
    credspecs,
    installedDefinition(client),
    readBindings(client),
    reading(listAll<PodObject>(client, PODS)),
    reading(listAll<EventObject>(client, EVENTS, { fieldSelector: 'reason=FailedCreate' })),
  ]);
  const generated: Reading<GeneratedLookup> = found.some(
    (credspec) => whyNoStatus(observationOf(credspec, definition)) !== undefined,
  )
    ? await readGeneratedFor(client, name === undefined ? undefined : found[0])
    : { type: 'absent' };
  return { credspecs: found, definition, generated, bound, pods, events };
}

/** For one credspec, little has to be read, and allowed. */
function readGeneratedFor(
  client: KubeClient,
  credspec: StoredCredspec | undefined,
): Promise<Reading<GeneratedLookup>> {
  if (credspec === undefined) return reading(readAllGenerated(client));
  const { name, annotations } = credspec.metadata;
  const { grants } = parseAllowedServiceAccounts(
    annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION],
  );
  const namespaces = grants.map(({ namespace }) => namespace);
  return reading(readGenerated(client, name, namespaces).then((objects) => () => objects));
}
