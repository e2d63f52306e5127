// SPDX-License-Identifier: Apache-2.0
// Order of resourceVersions. They are decimal numbers without leading zeros, comparable within one
// resource: KEP-5504 makes it a promise (1.35), and every API server on etcd keeps it.

/** Negative if `a` is older than `b`, positive if newer, 0 if they are the same. */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
