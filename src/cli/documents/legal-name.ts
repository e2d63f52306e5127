// SPDX-License-Identifier: Apache-2.0
// Names of accounts and files as names that Kubernetes accepts. Pure.
import { MAX_DNS1123_SUBDOMAIN_LENGTH } from '../../api/kubernetes-names.ts';

/**
 * The name of a credspec that is most like the text: in lower case, `-` for what names do not hold.
 * Undefined where nothing is left.
 */
export function legalName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .slice(0, MAX_DNS1123_SUBDOMAIN_LENGTH)
    .split('.')
    .map((label) => label.replaceAll(/^-+|-+$/g, ''))
    .filter((label) => label !== '')
    .join('.');
  return name === '' ? undefined : name;
}
