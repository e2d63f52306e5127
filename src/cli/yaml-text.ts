// SPDX-License-Identifier: Apache-2.0
// Loaded when YAML is asked for. The package is CommonJS, which has no names of its own where it is imported
// on demand from a bundle.
import { stringify } from 'yaml';

/** Data as YAML; long lines are not folded. */
export function yamlText(data: unknown): string {
  return stringify(data, { lineWidth: 0 });
}
