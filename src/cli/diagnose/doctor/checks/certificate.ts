// SPDX-License-Identifier: Apache-2.0
// The webhooks' certificate: what the Secret holds, what both configurations trust, what replicas serve.
// Pure.
import { type Certificate, readCertificate, splitBundle } from '../../../../pki/certificate.ts';
import { signedBy } from '../../../../pki/signed-by.ts';
import { found, judged, type Judgement, ok, unreadable } from '../finding.ts';
import { ownConfigurations, registeredName } from '../own-configurations.ts';
import type { ServedCertificate, Snapshot } from '../snapshot.ts';

/** The operator renews at two thirds of a life: who gets to the last tenth was not renewed. */
const LAST_PART = 0.1;

/** Judges them; nothing where no webhooks are registered. */
export function checkCertificate(snapshot: Snapshot): readonly Judgement[] {
  const { certificate, namespace } = snapshot;
  if (ownConfigurations(snapshot).length === 0) return [];
  return [
    ...judged(
      certificate,
      `Secrets in namespace ${namespace}`,
      (value) => checkSecret(value, snapshot),
      [
        found(
          'error',
          `there is no Secret with the webhooks' certificate in namespace ${namespace}`,
          'secret-missing',
        ),
      ],
    ),
    ...checkHandshakes(snapshot),
  ];
}

function checkSecret(
  { secret, certificate: pem, authorities }: ServedCertificate,
  snapshot: Snapshot,
): readonly Judgement[] {
  const { namespace, now } = snapshot;
  const reading = readCertificate(pem);
  const unusable = (why: string): Judgement =>
    found('error', `the certificate in Secret ${secret} ${why}`, 'certificate-unusable', {
      secret,
      namespace,
    });
  if (reading.type === 'invalid') return [unusable(reading.problem)];
  const { certificate } = reading;
  const name = registeredName(snapshot);
  return [
    ...(certificate.notAfter <= now
      ? [unusable(`has expired on ${date(certificate.notAfter)}`)]
      : certificate.notBefore > now
        ? [unusable(`is not valid before ${date(certificate.notBefore)}`)]
        : isAtItsEnd(certificate, now)
          ? [
              found(
                'warning',
                `the certificate in Secret ${secret} expires on ${date(certificate.notAfter)}, and was not renewed`,
                'certificate-expires',
              ),
            ]
          : [ok(`valid until ${date(certificate.notAfter)}`)]),
    ...(name === undefined || [...certificate.dnsNames, ...certificate.ipAddresses].includes(name)
      ? []
      : [unusable(`does not name ${name}, by which the API server calls the webhooks`)]),
    ...ownConfigurations(snapshot).map(({ kind, bundle }) =>
      checkBundle(kind, bundle, certificate, splitBundle(authorities)),
    ),
  ];
}

function checkBundle(
  kind: string,
  bundle: string,
  certificate: Certificate,
  authorities: readonly Certificate[],
): Judgement {
  const trusted = splitBundle(bundle);
  // The Secret's own CAs may stand between.
  const isTrusted = trusted.some(
    (anchor) =>
      anchor.fingerprint === certificate.fingerprint ||
      signedBy(certificate, anchor) ||
      authorities.some((each) => signedBy(certificate, each) && signedBy(each, anchor)),
  );
  return isTrusted
    ? ok(`the CA bundle of the ${kind} holds the CA that signed it`)
    : found(
        'error',
        `the CA bundle of the ${kind} (${trusted.length} CAs) does not hold the CA that signed the certificate`,
        'ca-bundle-mismatch',
        { configuration: `${kind.toLowerCase()}/gmsa-operator` },
      );
}

function checkHandshakes({ handshakes }: Snapshot): readonly Judgement[] {
  if (handshakes.type === 'unreadable') return [unreadable('EndpointSlices')];
  if (handshakes.type === 'absent') return [];
  if (handshakes.value.length === 0) {
    return [
      found('error', 'no replica serves the webhooks: there is no ready endpoint', 'no-operator'),
    ];
  }
  return handshakes.value.map((result) => {
    const { endpoint, pod } = result;
    const who = pod === undefined ? endpoint : `pod ${pod} (${endpoint})`;
    switch (result.type) {
      case 'trusted':
        return ok(`${who} serves it, as the configurations trust it`);
      case 'refused':
        return found(
          'error',
          `${who} serves what the configurations do not trust: ${result.why}`,
          'handshake-refused',
        );
      case 'unreachable':
        return found(
          'note',
          `${who} is not reached from here: ${result.why}`,
          'handshake-unreachable',
        );
    }
  });
}

function isAtItsEnd({ notBefore, notAfter }: Certificate, now: Date): boolean {
  const life = notAfter.getTime() - notBefore.getTime();
  return notAfter.getTime() - now.getTime() < LAST_PART * life;
}

function date(value: Date): string {
  return value.toISOString().slice(0, 10);
}
