// SPDX-License-Identifier: Apache-2.0
// Readings, for tests of what is judged of them.
import type { Reading } from '../reading.ts';

/** Something that was read. */
export function read<T>(value: T): Reading<T> {
  return { type: 'read', value };
}
