// SPDX-License-Identifier: Apache-2.0
// The flags of admission: the webhook server, its certificates, and how it is registered.
import { type BindAddress, bindAddressFlag } from './bind-address.ts';
import { booleanFlag, choiceFlag, durationFlag } from './flag-kinds.ts';
import { type Flag, FlagError, type FlagReader, type ReadFlag } from './flag.ts';

/** How admission is served. Durations in milliseconds. */
export interface AdmissionOptions {
  readonly webhookBindAddress: BindAddress;
  /** How the API server is told to call the webhooks. */
  readonly target:
    | { readonly type: 'service'; readonly name: string }
    /** A base URL without a slash at its end. */
    | { readonly type: 'url'; readonly base: string };
  /** File with the CAs whose client certificates callers of the webhooks must present; undefined: they need none. */
  readonly clientCaFile: string | undefined;
  readonly certificates:
    | {
        readonly mode: 'self-managed';
        readonly secret: string;
        readonly certValidityMs: number;
        readonly caValidityMs: number;
      }
    | { readonly mode: 'external'; readonly secret: string };
  /** 0: nothing is kept. */
  readonly authorizationCacheTtlMs: number;
  readonly randomHostname: boolean;
  /** ClusterRole that owns the webhook configurations. */
  readonly ownerClusterRole: string | undefined;
}

/** In the order of the help. */
export const ADMISSION_FLAGS = {
  admission: booleanFlag({
    name: 'admission',
    description:
      'serve the admission webhooks, with their certificates and configurations; false where a platform serves them',
    default: 'true',
  }),
  webhookBindAddress: bindAddressFlag({
    name: 'webhook-bind-address',
    description: 'where the admission webhooks are served',
    default: ':9443',
  }),
  webhookServiceName: {
    name: 'webhook-service-name',
    value: 'name',
    description:
      "Service in the operator's namespace by which the API server calls the webhooks, on port 443",
    default: 'gmsa-operator-webhook',
    allowed: 'the name of a Service: at most 63 lower-case letters, digits and "-", a letter first',
    parse: (text) => (/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined),
  } as const satisfies Flag<string>,
  webhookUrl: {
    name: 'webhook-url',
    value: 'url',
    description:
      'base URL by which the API server calls the webhooks, in place of the Service, where the operator runs outside of the cluster',
    allowed: 'an https URL without user, query and fragment, such as https://10.0.0.7:9443',
    parse: parseBaseUrl,
  } as const satisfies Flag<string>,
  webhookClientCa: {
    name: 'webhook-client-ca',
    value: 'file',
    description:
      'refuse callers of the webhooks that present no client certificate which a CA in this PEM file signed; the file is read again when it changes (default: anyone who reaches the port can call)',
    allowed: 'the path of a file',
    parse: (text) => (text === '' ? undefined : text),
  } as const satisfies Flag<string>,
  certMode: choiceFlag({
    name: 'cert-mode',
    values: ['self-managed', 'external'],
    description:
      "who makes the webhooks' certificate: the operator with a CA of its own, or somebody else, such as cert-manager, who keeps it in --cert-secret",
    default: 'self-managed',
  }),
  certSecret: {
    name: 'cert-secret',
    value: 'name',
    description:
      "Secret in the operator's namespace with the webhooks' certificate: tls.crt, tls.key, ca.crt",
    default: 'gmsa-operator-webhook-cert',
    allowed: 'the name of a Secret: at most 253 lower-case letters, digits, "-" and "."',
    parse: (text) =>
      text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text) ? text : undefined,
  } as const satisfies Flag<string>,
  certValidity: durationFlag({
    name: 'cert-validity',
    description:
      "how long the webhooks' certificate is valid; it is renewed after two thirds of that time",
    default: '2160h',
    range: ['10s', '87600h'],
  }),
  caValidity: durationFlag({
    name: 'ca-validity',
    description:
      'how long the CA is valid that signs it; a new one is made after two thirds of that time',
    default: '8760h',
    range: ['10s', '87600h'],
  }),
  authorizationCacheTtl: durationFlag({
    name: 'authorization-cache-ttl',
    description:
      "how long the API server's answer that a service account may use a credspec is relied on; 0 for not at all",
    default: '5s',
    range: ['0s', '5m'],
  }),
  randomHostname: booleanFlag({
    name: 'random-hostname',
    description:
      "give GMSA pods without a host name a random one; a pod's annotation gmsa-operator.io/random-hostname wins",
    default: 'false',
  }),
  ownerClusterRole: {
    name: 'owner-cluster-role',
    value: 'name',
    description:
      'ClusterRole that owns the webhook configurations, so that they are removed with it when the operator is uninstalled',
    allowed: 'the name of a ClusterRole',
    parse: (text) => (/^[^/%\s]{1,253}$/.test(text) && !/^\.\.?$/.test(text) ? text : undefined),
  } as const satisfies Flag<string>,
} as const;

/**
 * `undefined` where admission is switched off.
 * @throws FlagError where a flag is wrong, also one that is of no use then.
 */
export function readAdmissionOptions(read: FlagReader): AdmissionOptions | undefined {
  const address = read(ADMISSION_FLAGS.webhookBindAddress);
  if (address.value === 'disabled') {
    throw new FlagError(address, 'to serve no webhooks, give --admission=false');
  }
  const url = read(ADMISSION_FLAGS.webhookUrl).value;
  const service = read(ADMISSION_FLAGS.webhookServiceName);
  const options: AdmissionOptions = {
    webhookBindAddress: address.value,
    target:
      url === undefined ? { type: 'service', name: service.value } : { type: 'url', base: url },
    clientCaFile: read(ADMISSION_FLAGS.webhookClientCa).value,
    certificates: readCertificateOptions(read),
    authorizationCacheTtlMs: read(ADMISSION_FLAGS.authorizationCacheTtl).value,
    randomHostname: read(ADMISSION_FLAGS.randomHostname).value,
    ownerClusterRole: read(ADMISSION_FLAGS.ownerClusterRole).value,
  };
  return read(ADMISSION_FLAGS.admission).value ? options : undefined;
}

function readCertificateOptions(read: FlagReader): AdmissionOptions['certificates'] {
  const secret = read(ADMISSION_FLAGS.certSecret).value;
  const certificate = read(ADMISSION_FLAGS.certValidity);
  const authority = read(ADMISSION_FLAGS.caValidity);
  assertNotLonger(certificate, authority);
  return read(ADMISSION_FLAGS.certMode).value === 'external'
    ? { mode: 'external', secret }
    : {
        mode: 'self-managed',
        secret,
        certValidityMs: certificate.value,
        caValidityMs: authority.value,
      };
}

/** No certificate is valid for longer than the CA that signed it. */
function assertNotLonger(certificate: ReadFlag<number>, authority: ReadFlag<number>): void {
  if (certificate.value > authority.value) {
    throw new FlagError(
      certificate,
      `it must not be longer than ${authority.source} (${authority.text})`,
    );
  }
}

/** What `clientConfig.url` of a webhook may be (admissionregistration.k8s.io/v1), without its path. */
function parseBaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isPlain =
    url?.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(text) &&
    url.hostname !== '';
  return isPlain ? url.href.replace(/\/+$/, '') : undefined;
}
