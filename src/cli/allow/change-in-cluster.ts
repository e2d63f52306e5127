// SPDX-License-Identifier: Apache-2.0
// Changes the annotation of a credspec in the cluster, and nothing else of it, on what it is at that moment.
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type GMSACredentialSpec,
} from '../../api/credspec.ts';
import { quoted } from '../../api/printable.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { resourcePath } from '../../kube/client/resource.ts';
import { sleep } from '../../kube/wait/clock.ts';
import { CliError } from '../cli-error.ts';
import { CREDSPECS, getCredspec } from '../credspecs.ts';
import { fillIn } from '../fill-in.ts';
import type { AllowedChange } from './allowed-change.ts';

/** Field manager of the plugin's writes. */
export const PLUGIN_FIELD_MANAGER = 'kubectl-gmsa';

/** Beyond that somebody else writes it all the time. */
const MAX_ATTEMPTS = 10;

/** Longest pause between two attempts; a random part of it, so that two who meet do not meet again. */
const MAX_PAUSE_MS = 200;

/** How a change is made. */
export interface ClusterChange {
  readonly name: string;
  /** The change of an annotation; asked anew after each conflict. @throws what keeps it from being made */
  readonly plan: (credspec: GMSACredentialSpec) => AllowedChange;
  readonly dryRun: 'client' | 'none' | 'server';
}

/**
 * Makes the change, again on what is there now where somebody else was faster.
 * @throws CliError where there is no such credspec; what `plan` throws; ApiError.
 */
export async function changeInCluster(
  client: KubeClient,
  { name, plan, dryRun }: ClusterChange,
): Promise<AllowedChange> {
  for (let attempt = 1; ; attempt += 1) {
    const credspec = await getCredspec(client, name);
    const change = plan(credspec);
    if (change.after === change.before || dryRun === 'client') return change;
    try {
      await client.request({
        method: 'PATCH',
        path: resourcePath(CREDSPECS, { name }),
        query: {
          fieldManager: PLUGIN_FIELD_MANAGER,
          dryRun: dryRun === 'server' ? 'All' : undefined,
        },
        contentType: 'application/merge-patch+json',
        body: {
          metadata: {
            // Makes it a conflict where the object is another by now.
            resourceVersion: credspec.metadata.resourceVersion,
            annotations: {
              [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: change.after === '' ? null : change.after,
            },
          },
        },
      });
      return change;
    } catch (error) {
      if (classifyError(error) !== 'conflict') throw error;
      if (attempt === MAX_ATTEMPTS) {
        throw new CliError(
          `credspec ${quoted(name)} was changed by others each of the ${MAX_ATTEMPTS} times`,
          {
            hint: fillIn(
              'kubectl get gmsacredentialspec <credspec> --show-managed-fields -o yaml shows by whom',
              { credspec: name },
            ),
            cause: error,
          },
        );
      }
    }
    await sleep(Math.random() * MAX_PAUSE_MS);
  }
}
