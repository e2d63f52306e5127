// SPDX-License-Identifier: Apache-2.0
// The two name formats of Kubernetes objects that this operator meets (RFC 1123, as apimachinery
// checks it): labels for namespaces, subdomains for service accounts and credspecs.

/** Longest DNS-1123 label, in characters. */
export const MAX_DNS1123_LABEL_LENGTH = 63;

/** Longest DNS-1123 subdomain, in characters. */
export const MAX_DNS1123_SUBDOMAIN_LENGTH = 253;

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** Whether this can be the name of a namespace. */
export function isDns1123Label(name: string): boolean {
  // The length comes first: it keeps hostile input away from the expression.
  return name.length <= MAX_DNS1123_LABEL_LENGTH && LABEL.test(name);
}

/** Whether this can be the name of a service account or of a credspec. */
export function isDns1123Subdomain(name: string): boolean {
  return (
    name.length <= MAX_DNS1123_SUBDOMAIN_LENGTH &&
    name.split('.').every((label) => LABEL.test(label))
  );
}
