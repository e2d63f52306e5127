// SPDX-License-Identifier: Apache-2.0
// Stands in for the webhook of kubernetes-sigs/windows-gmsa, which is a program of others: it answers
// reviews of pods as that one does, with two requests to the API server for each reference.
import { createServer } from 'node:https';
import { ApiError } from '../../src/kube/client/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { credspecPath } from '../support/test-cluster.ts';
import type { Container, Pod, SecurityContext } from '../integration/windows-pods.ts';

/** See {@link startExistingWebhook}. */
export interface ExistingWebhook {
  /** Reviews that it has answered, by path. */
  answered(): Readonly<Record<'/mutate' | '/validate', number>>;
  /** As its pod ends. */
  stop(): Promise<void>;
}

/** What it says to a review. */
type Answer =
  | { readonly allowed: true; readonly patch?: readonly object[] }
  | { readonly allowed: false; readonly code: number; readonly message: string };

/** A credspec that is named, and where; `path` is that of its security context. */
interface Reference {
  readonly name: string;
  readonly contents: string | undefined;
  readonly place: string;
  readonly path: string;
}

/** Listens; `client` is what it asks the API server with: its own service account. */
export async function startExistingWebhook({
  client,
  address,
  port,
  tls,
}: {
  readonly client: KubeClient;
  readonly address: string;
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly certificate: string; readonly key: string };
}): Promise<ExistingWebhook> {
  const answered = { '/mutate': 0, '/validate': 0 };
  const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    const path = request.url?.startsWith('/mutate') === true ? '/mutate' : '/validate';
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const review = (JSON.parse(body) as { readonly request: ReviewRequest }).request;
      void answerTo(path, review, client)
        .catch((error: unknown): Answer => {
          return { allowed: false, code: 500, message: String(error) };
        })
        .then((answer) => {
          answered[path]++;
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify(reviewOf(review.uid, answer)));
        });
    });
  });
  // Longer than the API server keeps idle connections. Go's server keeps them for ever.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    answered: () => ({ ...answered }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Of a review, as far as it looks. */
interface ReviewRequest {
  readonly uid: string;
  readonly operation: string;
  readonly namespace: string;
  readonly object: Pod;
}

async function answerTo(path: string, review: ReviewRequest, client: KubeClient): Promise<Answer> {
  if (review.operation !== 'CREATE') return { allowed: true };
  const patch: object[] = [];
  for (const reference of referencesOf(review.object)) {
    const answer =
      path === '/mutate'
        ? await inline(reference, client)
        : await check(reference, review.namespace, review.object, client);
    if (!answer.allowed) return answer;
    patch.push(...(answer.patch ?? []));
  }
  return { allowed: true, patch };
}

function referencesOf({ metadata, spec }: Pod): readonly Reference[] {
  const list = (kind: string, containers: readonly Container[] = []) =>
    containers.flatMap(({ name, securityContext }, i) =>
      reference(securityContext, `${kind} "${name}"`, `/spec/${kind}s/${String(i)}`),
    );
  return [
    ...reference(spec.securityContext, `pod "${metadata.name}"`, '/spec'),
    ...list('container', spec.containers),
    ...list('initContainer', spec.initContainers),
  ];
}

function reference(
  context: SecurityContext | undefined,
  place: string,
  path: string,
): readonly Reference[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: contents } =
    context?.windowsOptions ?? {};
  return name === undefined ? [] : [{ name, contents, place, path: `${path}/securityContext` }];
}

async function inline({ name, contents, path }: Reference, client: KubeClient): Promise<Answer> {
  if (contents !== undefined) return { allowed: true };
  const found = await contentsOf(name, client);
  if (found === undefined) return doesNotExist(name);
  const value = { op: 'add', path: `${path}/windowsOptions/gmsaCredentialSpec`, value: found };
  return { allowed: true, patch: [value] };
}

async function check(
  { name, contents, place }: Reference,
  namespace: string,
  { spec: { serviceAccountName = 'default' } }: Pod,
  client: KubeClient,
): Promise<Answer> {
  const { status } = await client.request<{ status: { allowed: boolean } }>({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'LocalSubjectAccessReview',
      metadata: { namespace },
      spec: {
        user: `system:serviceaccount:${namespace}:${serviceAccountName}`,
        resourceAttributes: {
          ...{ group: 'windows.k8s.io', resource: 'gmsacredentialspecs' },
          ...{ verb: 'use', name, namespace },
        },
      },
    },
  });
  if (!status.allowed) {
    const message = `service account "${serviceAccountName}" is not authorized to \`use\` GMSA cred spec "${name}"`;
    return { allowed: false, code: 403, message };
  }
  const found = await contentsOf(name, client);
  if (found === undefined) return doesNotExist(name);
  if (contents === found) return { allowed: true };
  const message = `the GMSA cred spec contents for ${place} does not match the contents of GMSA resource "${name}"`;
  return { allowed: false, code: 422, message };
}

function doesNotExist(name: string): Answer {
  return { allowed: false, code: 404, message: `cred spec ${name} does not exist` };
}

/** As Go writes it, as long as there is nothing to escape. */
async function contentsOf(name: string, client: KubeClient): Promise<string | undefined> {
  try {
    const path = credspecPath(name);
    const { credspec } = await client.request<{ credspec: unknown }>({ method: 'GET', path });
    return JSON.stringify(withSortedKeys(credspec));
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, withSortedKeys(each)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function reviewOf(uid: string, answer: Answer): object {
  const response = answer.allowed
    ? {
        ...{ uid, allowed: true },
        ...(answer.patch?.length && {
          patchType: 'JSONPatch',
          patch: Buffer.from(JSON.stringify(answer.patch)).toString('base64'),
        }),
      }
    : { uid, allowed: false, status: { code: answer.code, message: answer.message } };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}
