// SPDX-License-Identifier: Apache-2.0
// Messages show a name only where it is one that Kubernetes would accept. So samples have such names, and
// what stands for them is put in afterwards.

import { code } from '../markdown.ts';

/** Names that {@link withPlaceholders} replaces. */
export const NAMES = {
  credspec: 'any-credspec',
  namespace: 'any-namespace',
  serviceAccount: 'any-service-account',
  pod: 'any-pod',
  container: 'any-container',
  secret: 'any-secret',
} as const;

/** A message as it is shown. */
export function shown(message: string): string {
  return code(withPlaceholders(message));
}

/** A message with `<credspec>` for `any-credspec` and so on. */
function withPlaceholders(message: string): string {
  return message.replaceAll(/\bany-([a-z]+(?:-[a-z]+)*)\b/g, '<$1>');
}
