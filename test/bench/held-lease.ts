// SPDX-License-Identifier: Apache-2.0
// The operator's Lease in the bench's own hands: the operator goes on serving admission, and repairs
// neither the configurations that the bench changes nor anything else.
import type { KubeClient } from '../../src/kube/client/client.ts';
import {
  type LeaseClaim,
  leaseBody,
  leasePath,
  readLease,
} from '../../src/kube/leader-election/lease.ts';
import { metricValue } from '../support/metric-value.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { waitFor } from '../support/wait-for.ts';

/** Longer than any run. */
const HELD_MS = 24 * 3_600_000;

/** Takes the Lease of this namespace away; resolves when the operator no longer leads. */
export async function takeLease(
  client: KubeClient,
  namespace: string,
  operator: OperatorProcess,
): Promise<void> {
  await claim(client, namespace, { type: 'hold', identity: 'bench', durationMs: HELD_MS });
  await leads(operator, 0);
}

/** Gives it back; resolves when the operator leads. */
export async function giveLeaseBack(
  client: KubeClient,
  namespace: string,
  operator: OperatorProcess,
): Promise<void> {
  await claim(client, namespace, { type: 'release' });
  await leads(operator, 1);
}

function leads(operator: OperatorProcess, wanted: 0 | 1): Promise<unknown> {
  return waitFor(
    wanted === 1 ? 'the operator to lead' : 'the operator not to lead',
    async () => metricValue(await operator.metrics(), 'leader_election_master_status') === wanted,
    { timeoutMs: 40_000, everyMs: 200 },
  );
}

async function claim(client: KubeClient, namespace: string, what: LeaseClaim): Promise<void> {
  const reference = { namespace, name: 'gmsa-operator' };
  // Again where the operator has renewed it in between.
  await waitFor(`the Lease of ${namespace}`, async () => {
    const lease = await readLease(client, reference, AbortSignal.timeout(5_000));
    await client.request({
      method: 'PUT',
      path: leasePath(reference),
      body: leaseBody(reference, lease, what, new Date()),
    });
    return true;
  });
}
