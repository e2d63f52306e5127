// SPDX-License-Identifier: Apache-2.0
// TLS handshakes as the API server makes them: with a replica, by the Service's name, and trusting what
// the webhook configurations say.
import { connect } from 'node:tls';
import type { ValidatingWebhookConfiguration } from '../../src/controller/webhooks/registration-types.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { WebhookService } from '../support/webhook-service.ts';

const TIMEOUT_MS = 5_000;

/**
 * Shakes hands and hangs up. Returns the SHA-256 fingerprint of the certificate that is served, as
 * `node:crypto` writes it.
 * @throws Error where there is no handshake, or the certificate is not to be trusted.
 */
export function shakeHands({
  service,
  port,
  ca,
}: {
  readonly service: Pick<WebhookService, 'address' | 'name' | 'namespace'>;
  readonly port: number;
  /** PEM. */
  readonly ca: string;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: service.address,
      port,
      ca,
      servername: `${service.name}.${service.namespace}.svc`,
    });
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy(new Error(`no handshake within ${TIMEOUT_MS / 1000} s`));
    });
    socket.once('secureConnect', () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve(fingerprint256);
    });
    socket.on('error', reject);
  });
}

/** The CA bundle of each webhook of both configurations, as PEM; empty where there is none. */
export async function trustedByConfigurations(client: KubeClient): Promise<readonly string[]> {
  const configurations = await Promise.all(
    ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map((plural) =>
      client.request<ValidatingWebhookConfiguration>({
        method: 'GET',
        path: `/apis/admissionregistration.k8s.io/v1/${plural}/gmsa-operator`,
      }),
    ),
  );
  return configurations.flatMap(({ webhooks }) =>
    (webhooks ?? []).map(({ clientConfig }) =>
      Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
    ),
  );
}
