// SPDX-License-Identifier: Apache-2.0
// Calls a webhook of the operator directly, as the API server does: over TLS, by the name of the Service,
// trusting what the webhook configuration trusts and nothing else.
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import type { ValidatingWebhookConfiguration } from '../../src/controller/webhooks/registration-types.ts';
import type { TestPair } from '../support/test-certificates.ts';
import { connectHttp1, type Http1Client } from '../../src/admission/https/testing/http1-client.ts';
import type { TestCluster } from '../support/test-cluster.ts';
import type { WebhookService } from '../support/webhook-service.ts';

/** Where both configurations are. */
export const VALIDATING_PATH =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gmsa-operator';
export const MUTATING_PATH =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gmsa-operator';

/** `response` of an AdmissionReview (admission.k8s.io/v1). */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  /** Base64 of a JSON patch. */
  readonly patch?: string;
  readonly status?: { readonly code: number; readonly message: string };
}

/** Sends `reviewed` as the request of an AdmissionReview about a pod, and returns the response. */
export async function callWebhook(
  cluster: TestCluster,
  {
    service,
    port,
    client,
  }: {
    readonly service: WebhookService;
    readonly port: number;
    /** A client certificate to present. */
    readonly client?: TestPair;
  },
  path: '/mutate' | '/validate',
  reviewed: object,
): Promise<AdmissionResponse> {
  const { webhooks } = await cluster.client.request<ValidatingWebhookConfiguration>({
    method: 'GET',
    path: VALIDATING_PATH,
  });
  const ca = Buffer.from(webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  const uid = randomUUID();
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      ...reviewed,
    },
  };
  const { response } = JSON.parse(
    await post({ ca, service, port, client, path, body: JSON.stringify(review) }),
  ) as { readonly response: AdmissionResponse };
  if (response.uid !== uid) throw new Error('this answers another request');
  return response;
}

/** A connection to a replica as an API server opens one, on which a test sends what bytes it likes. */
export function connectToReplica(
  { address, name, namespace }: WebhookService,
  { port, ca }: { readonly port: number; readonly ca: string },
): Promise<Http1Client> {
  return connectHttp1(port, {
    host: address,
    servername: `${name}.${namespace}.svc`,
    ca,
    ALPNProtocols: ['http/1.1'],
  });
}

function post(to: {
  readonly ca: string;
  readonly service: WebhookService;
  readonly port: number;
  readonly client: TestPair | undefined;
  readonly path: string;
  readonly body: string;
}): Promise<string> {
  const { ca, service, port, client, path, body } = to;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: service.address,
        port,
        path,
        method: 'POST',
        ca,
        ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
        servername: `${service.name}.${service.namespace}.svc`,
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path}: ${response.statusCode ?? 0} ${text}`));
        });
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
