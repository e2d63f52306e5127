// SPDX-License-Identifier: Apache-2.0
// docs/webhook-clients.md, done as it says, with an API server that has the files of the document from its start.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/wait-for.ts';
import { fencedBlocks } from '../fenced-blocks.ts';
import {
  applySample,
  deployWorkload,
  type FollowedGuide,
  installOperator,
  startGuide,
} from './followed-guide.ts';

jest.setTimeout(180_000);

const DOCUMENT = fileURLToPath(new URL('../../../docs/webhook-clients.md', import.meta.url));

/** Where the document has the files of the API server. */
const ADMISSION_DIRECTORY = '/etc/kubernetes/admission';

let directory: string;
let guide: FollowedGuide;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-admission-'));
  for (const { language, text } of fencedBlocks(await readFile(DOCUMENT, 'utf8'))) {
    const [, name] = /^# ([\w-]+\.yaml)\n/.exec(text) ?? [];
    if (language !== 'yaml' || name === undefined) continue;
    await writeFile(join(directory, name), text.replaceAll(ADMISSION_DIRECTORY, directory));
  }
  const file = join(directory, 'admission.yaml');
  guide = await startGuide('docs/webhook-clients.md', {
    extraApiServerArgs: [`--admission-control-config-file=${file}`],
  });
});

afterAll(async () => {
  await guide.close();
  await rm(directory, { recursive: true });
});

/** How many pods of a Deployment in `shop` there are. */
async function podsOf(app: string): Promise<number> {
  const found = await guide.installation.cluster.get<{ readonly items: readonly unknown[] }>(
    `/api/v1/namespaces/shop/pods?labelSelector=app%3D${app}`,
  );
  return found?.items.length ?? 0;
}

async function rolledOut(): Promise<void> {
  await guide.installation.cluster.kubectl(
    ...['rollout', 'status', 'deployment/gmsa-operator', '--timeout=60s'],
    ...['--namespace', 'gmsa-operator-system'],
  );
}

async function deploy(name: string): Promise<void> {
  await guide.installation.cluster.allow('gmsa-webapp1', 'shop/*');
  await guide.installation.cluster.condition('gmsa-webapp1', 'Ready', { status: 'True' });
  await deployWorkload(guide, { name, namespace: 'shop', credspec: 'gmsa-webapp1' });
  await waitFor(`a pod of ${name}`, async () => (await podsOf(name)) === 1);
}

/** Addresses of the replicas that the API server calls. */
async function endpoints(): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const { items } = await guide.installation.cluster.client.request<{
    readonly items: readonly {
      // Null in the slice that the controller keeps for a Service whose pods have no address.
      readonly ports: readonly { readonly port: number }[] | null;
      readonly endpoints:
        | readonly {
            readonly addresses: readonly string[];
            readonly conditions: { readonly ready: boolean };
          }[]
        | null;
    }[];
  }>({
    method: 'GET',
    path: '/apis/discovery.k8s.io/v1/namespaces/gmsa-operator-system/endpointslices',
    query: { labelSelector: 'kubernetes.io/service-name=gmsa-operator-webhook' },
  });
  return items.flatMap(({ ports, endpoints: listed }) =>
    (listed ?? [])
      .filter(({ conditions }) => conditions.ready)
      .flatMap(({ addresses }) =>
        addresses.flatMap((host) => (ports ?? []).map(({ port }) => ({ host, port }))),
      ),
  );
}

/** The first line of the answer to a caller without a certificate; empty where the connection is closed over it. */
function callWithoutCertificate(address: {
  readonly host: string;
  readonly port: number;
}): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ ...address, rejectUnauthorized: false }, () => {
      socket.end('GET /mutate HTTP/1.1\r\nHost: webhook\r\nConnection: close\r\n\r\n');
    });
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer.split('\r\n', 1)[0] ?? '');
    });
  });
}

/** Resolves when that is what callers without a certificate get from both replicas; those of before end meanwhile. */
async function answeredWithoutCertificate(answer: string): Promise<void> {
  await waitFor(`the answer ${JSON.stringify(answer)}`, async () => {
    const answers = await Promise.all((await endpoints()).map(callWithoutCertificate));
    return answers.length === 2 && answers.every((each) => each === answer);
  });
}

/** To a request that is no review. */
const ANSWERED = 'HTTP/1.1 405 Method Not Allowed';
const CLOSED = '';

describe('docs/webhook-clients.md', () => {
  it('makes a CA, and a client certificate for the API server', async () => {
    const output = await guide.run('Make a CA and a client certificate');
    expect(output).toContain('webhook-client.crt: OK');
    for (const name of ['webhook-client.crt', 'webhook-client.key']) {
      await writeFile(join(directory, name), await guide.read(name), { mode: 0o600 });
    }
    await installOperator(guide);
    await guide.installation.cluster.kubectl('create', 'namespace', 'shop');
    await applySample(guide);
    await deploy('before');
    await answeredWithoutCertificate(ANSWERED);
  });

  it('requires the certificate, and the API server has it', async () => {
    await guide.run('Require it');
    await deploy('after');
    await answeredWithoutCertificate(CLOSED);
    const output = await guide.run('See that it works');
    expect(output).toContain('cred spec no-such-credspec does not exist');
    expect(output).toContain('Nothing is wrong.');
  });

  it('trusts the CA that is to come beside that of before', async () => {
    await guide.run('Renew');
    const bundle = await guide.read('webhook-client-cas.crt');
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await guide.installation.cluster.kubectl(
      ...['rollout', 'restart', 'deployment/gmsa-operator'],
      ...['--namespace', 'gmsa-operator-system'],
    );
    await rolledOut();
    await deploy('meanwhile');
  });

  it('is switched off again', async () => {
    await guide.run('Switch it off');
    await rolledOut();
    await answeredWithoutCertificate(ANSWERED);
  });

  it('has no other commands, and every pod of the operator has run', () => {
    expect(guide.left()).toEqual([]);
    expect(guide.pods.problems()).toEqual([]);
  });
});
