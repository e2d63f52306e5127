// SPDX-License-Identifier: Apache-2.0
// controller-runtime's metrics of its certificate watcher, and when what is served ends.
import { Counter, Gauge, type Registry } from 'prom-client';

/** Told of the certificate that a replica serves. */
export interface CertificateMetrics {
  /** What the Secret holds was looked at. */
  readonly read: (result: 'error' | 'ok') => void;
  /** One is served from now on. */
  readonly served: (certificate: { readonly notAfter: Date }) => void;
}

/** Registers the metrics. */
export function createCertificateMetrics(registry: Registry): CertificateMetrics {
  const registers = [registry];
  const reads = new Counter({
    name: 'certwatcher_read_certificate_total',
    help: 'Total number of certificate reads: times that the Secret with the certificate had changed',
    registers,
  });
  const errors = new Counter({
    name: 'certwatcher_read_certificate_errors_total',
    help: 'Total number of certificate read errors: times that it held none that can be served',
    registers,
  });
  const notAfter = new Gauge({
    name: 'gmsa_operator_serving_certificate_not_after_timestamp_seconds',
    help: 'When the certificate that this replica serves expires, in seconds since 1970; 0 while it serves none.',
    registers,
  });

  return {
    read: (result) => {
      reads.inc();
      if (result === 'error') errors.inc();
    },
    served: (certificate) => {
      notAfter.set(certificate.notAfter.getTime() / 1000);
    },
  };
}
