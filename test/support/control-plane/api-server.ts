// SPDX-License-Identifier: Apache-2.0
// etcd and kube-apiserver: started together, and the API server stopped, started and paused on its
// own, so that tests can see a restart or an outage.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiAccess, answersOk } from './api-request.ts';
import {
  type Component,
  reportUnexpectedEnd,
  startComponent,
  waitForComponents,
} from './component.ts';
import { CREDENTIAL_FILES, readServingCa } from './credentials.ts';
import { freePort } from './free-port.ts';
import type { Supervisor } from './supervised.ts';

/** Takes the API server away and gives it back; etcd keeps its data meanwhile. */
export interface ApiServerControl {
  /** Ends it: SIGTERM closes connections in order, SIGKILL is a crash. Default SIGTERM. */
  readonly stopApiServer: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  /** Starts it again on the same port with the same certificate; resolves when it is ready. */
  readonly startApiServer: () => Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open, nothing answers. */
  readonly pauseApiServer: () => Promise<void>;
  readonly resumeApiServer: () => Promise<void>;
  /**
   * Backs etcd up as it is now. The function returned restores that as the documentation of Kubernetes asks for it:
   * the API server is stopped meanwhile. Versions go back to those of the backup.
   */
  readonly backUp: () => Promise<() => Promise<void>>;
}

export interface ApiServer {
  readonly access: ApiAccess;
  readonly control: ApiServerControl;
}

export interface ApiServerSetup {
  readonly supervisor: Supervisor;
  /** Also the working directory of both, so that the socket's path is short. */
  readonly directory: string;
  readonly etcd: string;
  readonly kubeApiserver: string;
  /** Administrator's bearer token. */
  readonly token: string;
  readonly extraArgs: readonly string[];
  readonly log: (line: string) => void;
  /** Proposes a port; another one is asked for if somebody else has taken it. */
  readonly nextPort?: () => Promise<number>;
}

const PORT_ATTEMPTS = 5;
const GRACE_MS = 15_000;
const ETCD_DATA = 'etcd';
// Sockets in the working directory, without a port race. What looks like a port is part of the file
// names: older releases of etcd insist on one.
const ETCD_URL = 'unix://etcd.sock:0';
const ETCD_PEER_URL = 'unix://etcd-peer.sock:0';

/** Starts both and waits until the API server is ready and has made the default namespace. */
export async function startApiServer(setup: ApiServerSetup): Promise<ApiServer> {
  let etcd = await startEtcd(setup);
  const first = await startOnFreePort(setup, etcd);
  const { access, port } = first;
  let apiServer = first.apiServer;
  void reportUnexpectedEnd(etcd, setup.log);
  void reportUnexpectedEnd(apiServer, setup.log);

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { process } = apiServer;
    await process.signal(signal);
    // A paused one hears only SIGKILL.
    await process.signal('SIGCONT');
    const patience = setTimeout(() => void process.signal('SIGKILL'), GRACE_MS);
    await process.whenExited();
    clearTimeout(patience);
  }

  async function start(): Promise<void> {
    if (apiServer.process.exitReason === undefined) return;
    apiServer = await startOn(setup, port);
    await waitForComponents('the API server to be ready again', [etcd, apiServer], () =>
      answersOk(access, '/readyz'),
    );
    void reportUnexpectedEnd(apiServer, setup.log);
  }

  async function backUp(): Promise<() => Promise<void>> {
    const data = join(setup.directory, ETCD_DATA);
    const copy = await mkdtemp(join(setup.directory, 'backup-'));
    // Its files are then as a crash would leave them, which it can start from.
    await etcd.process.signal('SIGSTOP');
    await cp(data, copy, { recursive: true });
    await etcd.process.signal('SIGCONT');
    return async () => {
      await stop('SIGKILL');
      await etcd.process.signal('SIGKILL');
      await etcd.process.whenExited();
      await rm(data, { recursive: true });
      await cp(copy, data, { recursive: true });
      etcd = await startEtcd(setup);
      void reportUnexpectedEnd(etcd, setup.log);
      await start();
    };
  }

  return {
    access,
    control: {
      stopApiServer: stop,
      startApiServer: start,
      backUp,
      pauseApiServer: () => apiServer.process.signal('SIGSTOP'),
      resumeApiServer: () => apiServer.process.signal('SIGCONT'),
    },
  };
}

function startEtcd(setup: ApiServerSetup): Promise<Component> {
  return startComponent(setup.supervisor, setup.directory, setup.etcd, [
    `--data-dir=${ETCD_DATA}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${ETCD_URL}`,
    `--advertise-client-urls=${ETCD_URL}`,
    `--listen-peer-urls=${ETCD_PEER_URL}`,
    `--initial-advertise-peer-urls=${ETCD_PEER_URL}`,
    `--initial-cluster=default=${ETCD_PEER_URL}`,
  ]);
}

async function startOnFreePort(
  setup: ApiServerSetup,
  etcd: Component,
): Promise<{ apiServer: Component; access: ApiAccess; port: number }> {
  const { nextPort = freePort } = setup;
  for (let attempt = 1; ; attempt++) {
    const port = await nextPort();
    const apiServer = await startOn(setup, port);
    let access: ApiAccess | undefined;
    try {
      await waitForComponents('the API server to be ready', [etcd, apiServer], async () => {
        const ca = await readServingCa(setup.directory);
        if (ca === undefined) return false;
        access = { url: `https://127.0.0.1:${String(port)}`, ca, token: setup.token };
        return (
          (await answersOk(access, '/readyz')) &&
          (await answersOk(access, '/api/v1/namespaces/default'))
        );
      });
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (taken && attempt < PORT_ATTEMPTS) continue;
      throw error;
    }
    if (access !== undefined) return { apiServer, access, port };
  }
}

function startOn(setup: ApiServerSetup, port: number): Promise<Component> {
  return startComponent(setup.supervisor, setup.directory, setup.kubeApiserver, [
    `--etcd-servers=${ETCD_URL}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${String(port)}`,
    `--cert-dir=${CREDENTIAL_FILES.servingCertificates}`,
    `--token-auth-file=${CREDENTIAL_FILES.tokens}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${CREDENTIAL_FILES.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${CREDENTIAL_FILES.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Ends watches at once when it is stopped in order, instead of waiting for them for a minute.
    '--shutdown-watch-termination-grace-period=1s',
    // EndpointSlices refuse the loopback address that it would write into its own.
    '--endpoint-reconciler-type=none',
    // Nobody routes cluster IPs here: webhooks behind a Service are called at its endpoints.
    '--enable-aggregator-routing=true',
    ...setup.extraArgs,
  ]);
}
