// SPDX-License-Identifier: Apache-2.0
// A candidate as a process of its own, so that a test can kill or stop it: tells on stdout when it
// starts and stops leading, and as the leader counts in a ConfigMap under its name, as fast as it can.
// Arguments: kubeconfig, namespace, name of the Lease and the ConfigMap, identity.
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient } from '../../src/kube/client/client.ts';
import { fencedClient, type Leadership } from '../../src/kube/leader-election/leadership.ts';
import { runLeaderElection } from '../../src/kube/leader-election/leader-election.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { sleep } from '../../src/kube/wait/clock.ts';

const [kubeconfig = '', namespace = '', name = '', identity = ''] = process.argv.slice(2);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(kubeconfig);
const client = await createKubeClient(kubeConfig, { userAgent: 'candidate/1' });

async function count(leadership: Leadership): Promise<void> {
  console.log('leading');
  const fenced = fencedClient(client, leadership);
  for (let n = 1; !leadership.signal.aborted; n++) {
    // Refused once leadership has ended; that is what the test is about.
    await fenced
      .request({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
        contentType: 'application/merge-patch+json',
        body: { data: { [identity]: String(n) } },
      })
      .catch(() => undefined);
    await sleep(5, leadership.signal).catch(() => undefined);
  }
}

const stop = new AbortController();
process.on('SIGTERM', () => {
  stop.abort();
});
await runLeaderElection({
  client,
  lease: { namespace, name },
  identity,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 400,
  signal: stop.signal,
  onStartedLeading: count,
  onStoppedLeading: () => {
    console.log('stopped');
  },
  log: createLogger({ level: 'info', format: 'text' }),
});
client.close();
