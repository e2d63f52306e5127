// SPDX-License-Identifier: Apache-2.0
// All verbs, in the order of the help.
import { EXPORT } from './export/verb.ts';
import type { Verb } from './verb.ts';

/** One for each verb of `kubectl gmsa`. */
export const VERBS: readonly Verb[] = [EXPORT];
