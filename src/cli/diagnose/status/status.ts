// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa status`: reads what the report is made of.
import type { GMSACredentialSpec } from '../../../api/credspec.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { printAnswer } from '../../answer.ts';
import { CREDSPECS, getCredspec } from '../../credspecs.ts';
import type { Verdict } from '../../exit-code.ts';
import type { VerbInput } from '../../verb.ts';
import type { PodObject } from '../pod.ts';
import { listAll, reading } from '../reading.ts';
import type { EventObject } from '../refusal.ts';
import { EVENTS, PODS } from '../resources.ts';
import { isReady, reportCredspecs, type StatusSnapshot } from './report.ts';
import { detailsText, overviewText, reportData } from './report-text.ts';
import type { STATUS_FLAGS } from './verb.ts';

/** Runs the verb. */
export async function run({
  args: [name],
  flags,
  io,
  withCluster,
}: VerbInput<typeof STATUS_FLAGS>): Promise<Verdict> {
  const snapshot = await withCluster(flags, ({ client }) => takeSnapshot(client, name));
  const reports = reportCredspecs(snapshot);
  await printAnswer(io, flags.output, {
    data: reportData(reports),
    text: (style) =>
      name === undefined
        ? overviewText(reports, style)
        : reports.map((report) => detailsText(report, style)).join('\n'),
  });
  return reports.every(isReady) ? 'ok' : 'no';
}

async function takeSnapshot(client: KubeClient, name: string | undefined): Promise<StatusSnapshot> {
  const credspecs =
    name === undefined
      ? listAll<GMSACredentialSpec>(client, CREDSPECS)
      : getCredspec(client, name).then((credspec) => [credspec]);
  const [found, pods, events] = await Promise.all([
    credspecs,
    reading(listAll<PodObject>(client, PODS)),
    reading(listAll<EventObject>(client, EVENTS, { fieldSelector: 'reason=FailedCreate' })),
  ]);
  return { credspecs: found, pods, events };
}
