// SPDX-License-Identifier: Apache-2.0
// What came of bringing a credspec's access in line, as data and in words. Pure.
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import type { AccessFailure } from './access-failure.ts';

/** What became of a credspec's access. */
export interface AccessOutcome {
  /** The grants whose RoleBindings are in place. */
  readonly granted: readonly NamespaceGrant[];
  /** Other namespaces that still have a RoleBinding: no status may call it revoked. */
  readonly stillBound: readonly string[];
  readonly missingNamespaces: readonly string[];
  /** What could not be done, worst first; empty where all is in place. */
  readonly failures: readonly AccessFailure[];
  /** What others did to generated objects and the operator undid, in words. */
  readonly repairs: readonly string[];
  /**
   * What was not there before, though the operator had not removed it: `ClusterRole …` and `RoleBinding …`, as
   * messages name them.
   */
  readonly created: readonly string[];
}

/** That a change of an object was undone; `by`: the field manager who made it, where it is known. */
export function repairInWords(what: string, by: string | undefined): string {
  return `${what} was changed${byManager(by)} and restored`;
}

/** That an object was removed that somebody else had written; `by` as in {@link repairInWords}. */
export function purgeInWords(what: string, by: string | undefined): string {
  return `${what} was written${byManager(by)} and removed`;
}

function byManager(by: string | undefined): string {
  return by === undefined ? ' by somebody else' : ` by ${by}`;
}
