// SPDX-License-Identifier: Apache-2.0
// Contents of a credspec as a file for Docker (`--security-opt credentialspec=file://…`) and containerd.
// Pure.
import { inOrder, RUNTIME_ORDER } from '../field-order.ts';

/** The file: JSON with the fields in the order of `New-CredentialSpec`, and a line feed at its end. */
export function runtimeJson(contents: unknown): string {
  return `${JSON.stringify(inOrder(contents, RUNTIME_ORDER), null, 2)}\n`;
}
