// SPDX-License-Identifier: Apache-2.0
import { waitFor } from './wait-for.ts';

/**
 * Waits until the API server serves the kinds of these definitions, by default of all that there are.
 * `definitions`: as `kubectl wait` takes them. It does not wait for one that has no conditions yet: it fails.
 */
export async function established(
  kubectl: (...args: readonly string[]) => Promise<unknown>,
  definitions: readonly string[] = ['crd', '--all'],
): Promise<void> {
  await waitFor(`the kinds to be served: ${definitions.join(' ')}`, async () => {
    await kubectl('wait', '--for=condition=Established', ...definitions);
    return true;
  });
}
