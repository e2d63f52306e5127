// SPDX-License-Identifier: Apache-2.0
// The wiring of admission: the webhooks that every replica serves, and what the leader keeps right for
// them. The admission module knows nothing of Kubernetes' API, the controllers nothing of the module; here
// they meet.
import type { Admission } from './admission-elsewhere.ts';
import { createAdmissionHandler } from '../admission/handler.ts';
import type { ServingCertificate as ServingPair } from '../admission/https/certificate.ts';
import { startAdmissionServer } from '../admission/https/server.ts';
import { FIELD_MANAGER } from '../api/credspec.ts';
import { createAuthorizer } from './access-review.ts';
import { openClientCa } from './client-ca.ts';
import { createWebhookHealth } from '../controller/webhooks/webhook-health.ts';
import { createCertificateReconciler } from '../controller/webhooks/certificate-reconciler.ts';
import { createCredspecSource } from './credspec-source.ts';
import { createRequestLog } from './request-log.ts';
import { createExternalCertificates } from '../controller/webhooks/external-certificates.ts';
import { keepLooking } from '../controller/webhooks/live-look.ts';
import { createRegistrationReport } from '../controller/webhooks/registration-report.ts';
import { createServingCertificate } from '../controller/webhooks/serving-certificate.ts';
import { runWebhookController, serverNames } from '../controller/webhooks/webhook-controller.ts';
import type { WebhookTarget } from '../controller/webhooks/webhook-configurations.ts';
import {
  createSecretInformer,
  createWebhookInformers,
} from '../controller/webhooks/webhook-informers.ts';
import type { Informers } from '../controller/informers.ts';
import { clusterRoleName, roleBindingName } from '../api/generated-names.ts';
import type { AdmissionOptions } from '../flags/arguments.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { rateLimited } from '../kube/client/rate-limit.ts';
import type { ServiceAccount } from '../kube/client/service-account.ts';
import type { EventRecorder } from '../kube/events/event-recorder.ts';
import type { Leadership } from '../kube/leader-election/leadership.ts';
import { sleep } from '../kube/wait/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

/** In external mode nothing says how long certificates are valid. */
const EXTERNAL_VALIDITY_MS = 24 * 3_600_000;

/**
 * Reads of credspecs and SubjectAccessReviews that a replica sends for requests. The pods that an API server on two
 * cores creates need fewer, without any cache.
 */
const LOOK_UP_LIMIT = { qps: 300, burst: 600 };

const CA_SECRET = 'gmsa-operator-webhook-ca';

/**
 * Listens, and answers as soon as there is a certificate.
 * @throws Error that names the flag, where the address cannot be listened on or the client CA cannot be read.
 */
export async function serveAdmission(context: {
  readonly options: AdmissionOptions;
  readonly namespace: string;
  /** Of this replica. */
  readonly identity: string;
  /** Whom the API server knows this process as, if that is a service account. */
  readonly serviceAccount: ServiceAccount | undefined;
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  /** Told of each certificate that the webhooks serve from now on. */
  readonly onCertificate?: ((certificate: ServingPair) => void) | undefined;
  readonly log: Logger;
}): Promise<Admission> {
  const { options, namespace, client, informers, events, metrics, log } = context;
  const { certificates } = options;
  const target: WebhookTarget =
    options.target.type === 'service' ? { ...options.target, namespace } : options.target;

  // Anyone who reaches the port can cause look-ups; the API server has others to serve.
  const lookUps = rateLimited(client, LOOK_UP_LIMIT);
  const authorizer = createAuthorizer({
    client: lookUps,
    ttlMs: options.authorizationCacheTtlMs,
    // What was allowed is asked again as soon as what grants it has changed, by our own hand or another.
    accessVersion: ({ namespace: podNamespace, credspec: { name } }) => {
      const role = informers.clusterRoles.get(clusterRoleName(name));
      const binding = informers.roleBindings.get(`${podNamespace}/${roleBindingName(name)}`);
      return `${role?.resourceVersion ?? ''} ${binding?.resourceVersion ?? ''}`;
    },
  });

  const requestLog = createRequestLog(log);
  const handler = createAdmissionHandler({
    credspecs: createCredspecSource({ client: lookUps, credspecs: informers.credspecs }),
    authorizer,
    operatorServiceAccount: context.serviceAccount,
    randomHostname: options.randomHostname ? 'always' : 'annotated',
    namespaceExists: (name) =>
      informers.namespaces.hasSynced() ? informers.namespaces.get(name) !== undefined : undefined,
    observe: ({ message: denial, credspecs, ...decision }) => {
      metrics.admission.decided(decision);
      const fields = { ...decision, denial, credspec: credspecs.join(' ') };
      if (decision.error !== undefined) requestLog('error', 'Admission failed', fields);
      else requestLog(decision.allowed ? 'debug' : 'info', 'Admission decided', fields);
    },
  });
  const clientCa =
    options.clientCaFile === undefined ? undefined : await openClientCa(options.clientCaFile, log);
  const server = await startAdmissionServer({
    address: options.webhookBindAddress,
    handler,
    clientCa: clientCa?.bundle,
    observer: {
      requestStarted: metrics.admission.requestStarted,
      handshakeFailed: (peer, reason) => {
        requestLog('debug', 'TLS handshake failed', { peer, reason });
      },
    },
  }).catch((error: unknown) => {
    throw new Error('--webhook-bind-address: cannot listen there', { cause: error });
  });

  const webhooks = createWebhookInformers({
    client,
    log,
    namespace,
    servingSecret: certificates.secret,
  });
  const certificate = createServingCertificate({
    informers: webhooks,
    secret: { namespace, name: certificates.secret },
    names: serverNames(target),
    validityMs:
      certificates.mode === 'self-managed' ? certificates.certValidityMs : EXTERNAL_VALIDITY_MS,
    serve: ({ certificate: cert, privateKey: key }) => {
      server.setCertificate({ cert, key });
      context.onCertificate?.({ cert, key });
    },
    log,
    observer: metrics.certificate,
  });

  const health = createWebhookHealth();
  const reportRegistration = createRegistrationReport({
    informers: webhooks,
    observe: metrics.admission.configurationsMissing,
    log,
  });

  async function lead(fenced: KubeClient, { signal }: Leadership): Promise<void> {
    health.reset();
    const ended: Promise<unknown>[] = [];
    const common = { informers: webhooks, names: serverNames(target) };
    const reconciler = (() => {
      if (certificates.mode === 'external') {
        const secret = { namespace, name: certificates.secret };
        return createExternalCertificates({ ...common, secret });
      }
      // In the leader alone: nobody else needs the CA's key.
      const authoritySecret = createSecretInformer({ client, log }, { namespace, name: CA_SECRET });
      ended.push(authoritySecret.run(signal));
      return createCertificateReconciler({
        ...common,
        ...certificates,
        client: fenced,
        authoritySecret,
        served: () => certificate.served(),
        namespace,
        secrets: { authority: CA_SECRET, serving: certificates.secret },
        fieldManager: FIELD_MANAGER,
        creator: `${FIELD_MANAGER}-${context.identity}`.slice(0, 128),
        log,
        signal,
      });
    })();
    await runWebhookController({
      client: fenced,
      informers: webhooks,
      certificates: reconciler,
      target,
      ownerClusterRole: options.ownerClusterRole,
      health,
      serving: certificate,
      events,
      fieldManager: FIELD_MANAGER,
      log,
      signal,
    });
    await Promise.all(ended);
  }

  return {
    condition: health,
    readyz: [
      ...Object.keys(webhooks.notSynced()).map((name) => ({
        name,
        check: () => webhooks.notSynced()[name],
      })),
      { name: 'webhook-certificate', check: () => certificate.problem() },
    ],
    run: async (stop) => {
      await Promise.all([
        webhooks.run(stop),
        certificate.run(stop),
        clientCa?.follow((bundle) => {
          server.setClientCa(bundle);
        }, stop),
        keepLooking({ informers: webhooks, looked: reportRegistration, log, signal: stop }),
      ]);
    },
    lead,
    drain: async (delayMs) => {
      server.drain();
      await sleep(delayMs);
      await server.close();
    },
  };
}
