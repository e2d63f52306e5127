// SPDX-License-Identifier: Apache-2.0
// What a user does with the installed operator, from the credspec to the end of its use.
import { expect } from '@jest/globals';
import { canonicalJson } from '../../src/api/canonical-json.ts';
import {
  addEphemeral,
  container,
  createPod,
  gmsa,
  namespaceWith,
  type Pod,
  refusalOf,
  windowsPod,
} from '../integration/windows-pods.ts';
import {
  clusterRolePath,
  credspecPath,
  roleBindingPath,
  type TestCluster,
  uniqueName,
  WEBAPP1_CONTENTS,
} from '../support/test-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const CONTENTS = canonicalJson(WEBAPP1_CONTENTS);

/** Allows a service account, runs pods as it, revokes it, and deletes the credspec. Fails where anything is amiss. */
export async function endToEnd(cluster: TestCluster): Promise<void> {
  const { client } = cluster;
  const namespace = await namespaceWith(cluster, 'web', 'stranger');
  const credspec = uniqueName('webapp');
  const later = uniqueName('later');
  const pod = (spec: object): Pod => windowsPod(namespace, spec);

  await cluster.applyCredspec(credspec, { allowed: `${namespace}/web, ${later}/*` });
  await cluster.condition(credspec, 'Ready', { status: 'True', reason: 'NamespacesMissing' });
  await cluster.kubectl('create', 'namespace', later);
  await cluster.condition(credspec, 'Ready', { status: 'True', reason: 'Ready' });
  expect(await cluster.kubectl('get', 'gmsa', credspec, '--no-headers')).toMatch(
    new RegExp(`^${credspec} +True +Ready +WebApp1 +contoso.com +1 \\+ 1 namespace `),
  );

  await runsAsAccount(cluster, { namespace, credspec });
  const stranger = pod({ serviceAccountName: 'stranger', securityContext: gmsa(credspec) });
  expect(await refusalOf(createPod(client, stranger))).toMatchObject({
    code: 403,
    message: expect.stringContaining(
      `service account "stranger" is not authorized to \`use\` GMSA cred spec "${credspec}"`,
    ),
  });
  const raw = pod({ securityContext: gmsa(undefined, CONTENTS) });
  expect(await refusalOf(createPod(client, raw))).toMatchObject({ code: 422 });
  const plain = await createPod(client, pod({ serviceAccountName: 'stranger' }));
  expect(
    await refusalOf(addEphemeral(client, plain, container('debug', gmsa(credspec)))),
  ).toMatchObject({ code: 403 });

  await cluster.allow(credspec, undefined);
  await cluster.condition(credspec, 'Ready', { status: 'True', reason: 'NoServiceAccounts' });
  const afterwards = pod({ securityContext: gmsa(credspec) });
  expect(await refusalOf(createPod(client, afterwards))).toMatchObject({ code: 403 });

  await client.request({ method: 'DELETE', path: credspecPath(credspec) });
  await waitFor('what was generated to be gone', async () => {
    const left = [clusterRolePath(credspec), roleBindingPath(namespace, credspec)];
    const objects = await Promise.all(left.map((path) => cluster.get(path)));
    return objects.every((object) => object === undefined);
  });
}

/** A Deployment of Windows pods that are the account; resolves when they run, on a simulated node. */
async function runsAsAccount(
  cluster: TestCluster,
  { namespace, credspec }: { readonly namespace: string; readonly credspec: string },
): Promise<void> {
  const labels = { app: credspec };
  const { spec } = windowsPod(namespace, {
    securityContext: gmsa(credspec),
    nodeSelector: { 'kubernetes.io/os': 'windows' },
  });
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'webapp', namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  });
  const inNamespace = ['--namespace', namespace];
  await cluster.kubectl('rollout', 'status', 'deployment/webapp', ...inNamespace, '--timeout=30s');
  const pods = await cluster.kubectl(
    'get',
    'pods',
    ...inNamespace,
    '-l',
    `app=${credspec}`,
    '-o',
    'json',
  );
  const { items } = JSON.parse(pods) as { items: readonly Pod[] };
  const contents = items.map(
    (each) => each.spec.securityContext?.windowsOptions?.gmsaCredentialSpec,
  );
  expect(contents).toEqual([CONTENTS, CONTENTS]);
}
