// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa troubleshoot` on a real control plane. The containers are a stand-in that plays what was
// recorded of Windows programs: see test/support/windows-kubelet.ts and test/support/fixtures/windows-output.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import { HEALTHY, recorded } from '../support/healthy-container.ts';
import { createOperatorReplicas, type OperatorReplicas } from '../support/operator-replicas.ts';
import { type PluginKubectl, pluginOf } from '../support/kubectl-plugin.ts';
import { startTestCluster, type TestCluster, WEBAPP1_CONTENTS } from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWebhookService } from '../support/webhook-service.ts';
import { startWindowsKubelet, type WindowsKubelet } from '../support/windows-kubelet.ts';
import { runningPod } from '../support/running-pod.ts';

jest.setTimeout(90_000);

const CREDSPEC = 'webapp1';
const NAMESPACES = ['healthy', 'channel', 'dns', 'host-process', 'bare', 'shop'];

const GMSA = {
  gmsaCredentialSpecName: CREDSPEC,
  gmsaCredentialSpec: canonicalJson(WEBAPP1_CONTENTS),
};

let cluster: TestCluster;
let gmsa: PluginKubectl;
let kubelet: WindowsKubelet;
let bareKubelet: WindowsKubelet;
let replicas: OperatorReplicas;

beforeAll(async () => {
  cluster = await startTestCluster({ controllers: true, scheduler: true });
  gmsa = pluginOf(cluster.controlPlane);
  const access = {
    client: cluster.client,
    kubeconfigPath: cluster.controlPlane.kubeconfigPath,
  };
  kubelet = await startWindowsKubelet(access, { node: 'windows-0', namespaces: NAMESPACES });
  bareKubelet = await startWindowsKubelet(access, {
    node: 'windows-1',
    namespaces: ['bare'],
    image: 'nanoserver',
  });
  for (const namespace of NAMESPACES) await cluster.kubectl('create', 'namespace', namespace);
  await cluster.applyCredspec(CREDSPEC, { contents: WEBAPP1_CONTENTS });
});

afterAll(async () => {
  await replicas.close();
  await bareKubelet.stop();
  await kubelet.stop();
  await cluster.stop();
});

describe('kubectl gmsa troubleshoot', () => {
  it('goes along the whole chain where it holds, and has an advice yet', async () => {
    await kubelet.play('healthy', HEALTHY);
    await runningPod(cluster, kubelet, { namespace: 'healthy', name: 'web', windowsOptions: GMSA });
    const { code, stdout, stderr } = await gmsa(['troubleshoot', 'web', '-n', 'healthy']);
    expect(stderr).toBe('');
    expect(stdout).toBe(`pod healthy/web on node windows-0, container main

LINK                RESULT   DETAIL
admission           holds    the pod was admitted
credspec            holds    the container runs as "webapp1"
contents            holds    the contents are those of the credential spec
start               holds    the container runs
user                holds    it runs as "user manager\\containeradministrator", which has a ticket of the account; services in it may run as others
dns                 holds    domain controllers: dc01.contoso.com, dc02.contoso.com
domain-controller   holds    DC1 at 192.168.0.1
secure-channel      holds    up, with dc01.contoso.com
kerberos            holds    a ticket for WebApp1$ @ CONTOSO.COM

All links hold: the container is WebApp1 in contoso.com.
advice: if an SMB share opens by its address and not by its name: on each Windows node, reg add "HKLM\\SYSTEM\\CurrentControlSet\\Services\\hns\\State" /v EnableCompartmentNamespace /t REG_DWORD /d 1, then make the pods again
`);
    expect(code).toBe(0);
    // It only looked.
    expect(await kubelet.commands('healthy')).toEqual(Object.keys(HEALTHY));
  });

  it('says that contents are older than those of the credspec, and goes on', async () => {
    const contents = { ...WEBAPP1_CONTENTS, CmsPlugins: ['ActiveDirectory', 'Other'] };
    const windowsOptions = { ...GMSA, gmsaCredentialSpec: canonicalJson(contents) };
    await runningPod(cluster, kubelet, { namespace: 'healthy', name: 'older', windowsOptions });
    const { code, stdout } = await gmsa([
      'troubleshoot',
      'pod/older',
      '-n',
      'healthy',
      '-o',
      'json',
    ]);
    const { links, firstBroken } = JSON.parse(stdout) as {
      links: { link: string; outcome: string; remedy: string | null }[];
      firstBroken: string | null;
    };
    expect(code).toBe(0);
    expect(firstBroken).toBe(null);
    expect(links.find(({ link }) => link === 'contents')).toMatchObject({
      outcome: 'doubtful',
      remedy: expect.stringContaining('kubectl delete pod older --namespace healthy'),
    });
    expect(links.at(-1)).toMatchObject({ link: 'kerberos', outcome: 'holds' });
  });

  it('stops at the first broken link', async () => {
    await kubelet.play('dns', {
      ...HEALTHY,
      'nslookup.exe -type=SRV _ldap._tcp.dc._msdcs.contoso.com.': recorded(
        'nslookup-srv-no-such-name',
      ),
    });
    await runningPod(cluster, kubelet, { namespace: 'dns', name: 'web', windowsOptions: GMSA });
    const { code, stdout } = await gmsa(['troubleshoot', 'web', '-n', 'dns']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'dns                 BROKEN     DNS server 2001:db8::1 knows no domain controllers of contoso.com\n',
    );
    expect(stdout).toContain('kerberos            -          not looked at\n');
    expect(stdout).toContain(
      "dns is the first broken link.\nremedy: let the cluster's DNS forward the domain; in the Corefile of CoreDNS: contoso.com:53 {",
    );
    expect(await kubelet.commands('dns')).not.toContain('nltest.exe /query');
  });

  it('is not taken in by "completed successfully", and repairs the secure channel when asked to', async () => {
    await kubelet.play('channel', {
      ...HEALTHY,
      'nltest.exe /query': recorded('nltest-query-1311'),
      'nltest.exe /sc_verify:contoso.com': recorded('nltest-sc-verify-1311'),
      'nltest.exe /sc_reset:contoso.com': recorded('nltest-sc-reset-success'),
    });
    await runningPod(cluster, kubelet, { namespace: 'channel', name: 'web', windowsOptions: GMSA });
    const looked = await gmsa(['troubleshoot', 'web', '-n', 'channel']);
    expect(looked.code).toBe(1);
    expect(looked.stdout).toContain(
      'secure-channel      BROKEN     down: Connection 1311 ERROR_NO_LOGON_SERVERS\n',
    );
    expect(looked.stdout).toContain('kubectl gmsa troubleshoot web --namespace channel --repair');
    expect(await kubelet.commands('channel')).not.toContain('nltest.exe /sc_reset:contoso.com');

    await kubelet.playAfterReset('channel', {
      'nltest.exe /query': recorded('nltest-query-success'),
      'nltest.exe /sc_verify:contoso.com': recorded('nltest-sc-verify-success'),
    });
    const repaired = await gmsa(['troubleshoot', 'web', '-n', 'channel', '--repair']);
    expect(repaired.stdout).toContain('repair: reset, with dc10.domain.example\n');
    expect(repaired.stdout).toContain('All links hold');
    expect(repaired.code).toBe(0);
    expect(await kubelet.commands('channel')).toContain('nltest.exe /sc_reset:contoso.com');
  });

  it('repairs nothing where nothing is broken', async () => {
    const { code, stdout } = await gmsa(['troubleshoot', 'web', '-n', 'healthy', '--repair']);
    expect(stdout).toContain('repair: not tried, for no link is known to be broken\n');
    expect(code).toBe(0);
    expect(await kubelet.commands('healthy')).not.toContain('nltest.exe /sc_reset:contoso.com');
  });

  it('never repairs in a HostProcess container, where it would be the node', async () => {
    await runningPod(cluster, kubelet, {
      namespace: 'host-process',
      name: 'agent',
      windowsOptions: { ...GMSA, hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' },
      spec: { hostNetwork: true },
    });
    const { code, stdout, stderr } = await gmsa([
      'troubleshoot',
      'agent',
      '-n',
      'host-process',
      '--repair',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error: container main of pod agent is a HostProcess container');
    expect(await kubelet.commands('host-process')).toEqual([]);
  });

  it('says how to look where the image has no nltest', async () => {
    await runningPod(cluster, bareKubelet, {
      namespace: 'bare',
      name: 'web',
      windowsOptions: GMSA,
    });
    const { code, stdout } = await gmsa(['troubleshoot', 'web', '-n', 'bare']);
    expect(stdout).toContain('dns                 unknown    the container has no nslookup.exe\n');
    expect(stdout).toContain(
      'remedy: the image has no nltest.exe: look from one that has it, in the same pod: kubectl debug web --namespace bare --stdin --tty --image mcr.microsoft.com/windows/servercore:ltsc2022 -- cmd\n',
    );
    expect(stdout).toContain(
      'No link is known to be broken, and not all of them could be looked at.\n',
    );
    expect(code).toBe(3);
  });

  it('says so once where the reader may not exec', async () => {
    await cluster.kubectl('create', 'serviceaccount', 'reader', '-n', 'healthy');
    await cluster.kubectl(
      ...['create', 'clusterrole', 'pod-reader', '--verb=get,list'],
      '--resource=pods,events,nodes',
    );
    await cluster.kubectl(
      ...['create', 'clusterrolebinding', 'pod-reader', '--clusterrole=pod-reader'],
      '--serviceaccount=healthy:reader',
    );
    const kubeconfig = await cluster.controlPlane.serviceAccountKubeconfig('healthy', 'reader');
    const { stdout, stderr, code } = await gmsa(['troubleshoot', 'web'], { kubeconfig });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^contents {2,}holds .*may not be read by you$/m);
    expect(stdout).toMatch(/^user {2,}unknown +you may not exec: pods "web" is forbidden/m);
    expect(stdout).toMatch(/^dns {2,}- +not looked at$/m);
    expect(stdout).toContain(
      'kubectl auth can-i create pods --subresource exec --namespace healthy',
    );
    expect(code).toBe(3);
  });

  it('has one line and a next step for what it cannot look into', async () => {
    await cluster.client.request({
      method: 'POST',
      path: '/api/v1/namespaces/healthy/pods',
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'linux' },
        spec: { os: { name: 'linux' }, containers: [{ name: 'main', image: 'a' }] },
      },
    });
    const told = async (...words: string[]) => {
      const { code, stderr } = await gmsa(['troubleshoot', '-n', 'healthy', ...words]);
      return [code, ...stderr.split('\n')];
    };
    expect(await told('linux')).toEqual([
      3,
      'error: pod healthy/linux is not a Windows pod but one for linux: only Windows pods run under a GMSA',
      expect.stringMatching(/^hint: /),
      '',
    ]);
    expect(await told('nobody')).toEqual([
      3,
      'error: there is no pod "nobody" in namespace "healthy"',
      expect.stringMatching(/^hint: a pod that is refused is not there/),
      '',
    ]);
    expect(await told('web', '-c', 'none')).toEqual([
      2,
      'error: pod healthy/web has no container "none"',
      'hint: it has: main',
      '',
    ]);
    expect(await told('service/web')).toEqual([
      2,
      'error: "service" is nothing that can be looked into: it makes no pods',
      expect.stringMatching(/^hint: /),
      '',
    ]);
  });
});

describe('a Deployment whose pods are refused', () => {
  beforeAll(async () => {
    const { client, controlPlane } = cluster;
    const service = await createWebhookService(client);
    replicas = createOperatorReplicas({
      service,
      kubeconfig: await controlPlane.serviceAccountKubeconfig(service.namespace, 'gmsa-operator'),
    });
    await replicas.startReplica();
    await cluster.condition(CREDSPEC, 'AdmissionReady', { status: 'True' });
    await kubelet.play('shop', HEALTHY);
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'shop' } },
        template: {
          metadata: { labels: { app: 'shop' } },
          spec: {
            os: { name: 'windows' },
            automountServiceAccountToken: false,
            nodeSelector: { 'kubernetes.io/hostname': kubelet.node },
            securityContext: { windowsOptions: { gmsaCredentialSpecName: CREDSPEC } },
            containers: [{ name: 'main', image: 'registry.example/shop:1' }],
          },
        },
      },
    });
  });

  const troubleshoot = () => gmsa(['troubleshoot', 'deployment/shop', '-n', 'shop']);

  it('is told why, and the remedy that it is told helps', async () => {
    const refused = await waitFor('the refusal to be told', async () => {
      const { code, stdout } = await troubleshoot();
      return code === 1 && stdout.includes('BROKEN   refused') && stdout;
    });
    expect(refused).toMatch(
      /^admission {2,}BROKEN {3}refused .*service account "default" is not authorized to `use` GMSA cred spec "webapp1"/m,
    );
    const [, remedy = ''] = /^remedy: kubectl gmsa (.*)$/m.exec(refused) ?? [];
    expect(remedy).toBe('allow webapp1 shop/default');
    expect((await gmsa(remedy.split(' '))).code).toBe(0);
    // The ReplicaSet tries again by itself, after a pause that grows.
    await cluster.kubectl('rollout', 'restart', 'deployment/shop', '-n', 'shop');
    const admitted = await waitFor('the pod to be looked into', async () => {
      const { code, stdout } = await troubleshoot();
      return code === 0 && stdout;
    });
    expect(admitted).toMatch(
      /^pod shop\/shop-\S+ of deployment\/shop on node windows-0, container main$/m,
    );
    expect(admitted).toContain('All links hold');
  });
});
