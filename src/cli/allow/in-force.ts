// SPDX-License-Identifier: Apache-2.0
// Waits until the operator has put an annotation in force: by the status of the credspec, or by the
// RoleBindings where the definition keeps no status.
import {
  allowedAnnotationHash,
  parseAllowedServiceAccounts,
} from '../../api/allowed-service-accounts.ts';
import {
  ALLOWED_SERVICE_ACCOUNTS_ANNOTATION,
  type GMSACredentialSpec,
} from '../../api/credspec.ts';
import { listed, quoted } from '../../api/printable.ts';
import { classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { sleep } from '../../kube/wait/clock.ts';
import { CliError } from '../cli-error.ts';
import { getCredspec, installedDefinition } from '../credspecs.ts';
import { fillIn } from '../fill-in.ts';
import { generatedAccess } from '../generated-access/generated-access.ts';
import { readGenerated } from '../generated-access/read-generated.ts';
import type { AllowedChange } from './allowed-change.ts';

const POLL_INTERVAL_MS = 250;

const WHO_LEADS =
  'kubectl get leases --all-namespaces --field-selector metadata.name=gmsa-operator shows who leads';

const SEEN_IN_EVENTS = `the CustomResourceDefinition keeps no status: kubectl describe gmsacredentialspec <credspec> shows what the operator says, if it is running; ${WHO_LEADS}`;

/** Whether it is in force; if not, what is known of it: the end of a sentence, and the next step. */
type Look =
  | { readonly type: 'in-force'; readonly missingNamespaces: readonly string[] }
  | { readonly type: 'not-yet'; readonly why: string; readonly hint: string };

/**
 * Resolves when the operator has put the changed annotation in force, with the namespaces that it waits for.
 * @throws CliError after `timeoutMs`, with what is known; where somebody has changed it again; where it
 * cannot be told.
 */
export async function inForce(
  client: KubeClient,
  {
    name,
    change,
    timeoutMs,
  }: { readonly name: string; readonly change: AllowedChange; readonly timeoutMs: number },
): Promise<readonly string[]> {
  const deadline = performance.now() + timeoutMs;
  const definition = await installedDefinition(client);
  for (;;) {
    const credspec = await getCredspec(client, name);
    const look =
      definition === 'with-status'
        ? byStatus(credspec, change)
        : await byBindings(client, credspec, change);
    if (look.type === 'in-force') return look.missingNamespaces;
    const now = credspec.metadata.annotations?.[ALLOWED_SERVICE_ACCOUNTS_ANNOTATION] ?? '';
    if (now !== change.after) {
      throw new CliError(`credspec ${quoted(name)} was changed again by somebody else meanwhile`, {
        hint: fillIn('kubectl get gmsacredentialspec <credspec> -o yaml shows what it is now', {
          credspec: name,
        }),
      });
    }
    if (performance.now() > deadline) {
      throw new CliError(
        `the annotation of credspec ${quoted(name)} is written, and not in force after ${timeoutMs / 1000} s${look.why}`,
        { hint: look.hint },
      );
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

function byStatus({ metadata, status }: GMSACredentialSpec, { after }: AllowedChange): Look {
  if (status?.observedAnnotationHash === allowedAnnotationHash(after)) {
    return { type: 'in-force', missingNamespaces: status.missingNamespaces ?? [] };
  }
  const granted = status?.conditions?.find(({ type }) => type === 'AccessGranted');
  return granted?.status === 'False'
    ? {
        type: 'not-yet',
        why: `: ${granted.message}`,
        hint: fillIn('kubectl describe gmsacredentialspec <credspec>', { credspec: metadata.name }),
      }
    : { type: 'not-yet', why: '', hint: `is the operator running? ${WHO_LEADS}` };
}

/** @throws CliError where they may not be read. */
async function byBindings(
  client: KubeClient,
  { metadata }: GMSACredentialSpec,
  { before, after }: AllowedChange,
): Promise<Look> {
  const { name } = metadata;
  const written = {
    metadata: { ...metadata, annotations: { [ALLOWED_SERVICE_ACCOUNTS_ANNOTATION]: after } },
  };
  const namespaces = parseAllowedServiceAccounts(`${before} ${after}`).grants;
  try {
    const objects = await readGenerated(
      client,
      name,
      namespaces.map(({ namespace }) => namespace),
    );
    const { pending, foreign, missingNamespaces } = generatedAccess(written, objects);
    if (pending.length === 0) return { type: 'in-force', missingNamespaces };
    const obstacle =
      foreign.length === 0
        ? `what is granted is not what it says in: ${listed(pending)}`
        : `not the operator's, which leaves them as they are: ${listed(foreign)}`;
    return {
      type: 'not-yet',
      why: `: ${obstacle}`,
      hint: fillIn(SEEN_IN_EVENTS, { credspec: name }),
    };
  } catch (error) {
    if (classifyError(error) !== 'forbidden') throw error;
    throw new CliError(
      `the annotation of credspec ${quoted(name)} is written; whether it is in force cannot be told: the CustomResourceDefinition keeps no status, and you may not read the RoleBindings`,
      {
        hint: fillIn(
          'kubectl gmsa can-use <credspec> NAMESPACE/NAME asks the API server about one service account',
          { credspec: name },
        ),
        cause: error,
      },
    );
  }
}
