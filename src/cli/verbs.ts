// SPDX-License-Identifier: Apache-2.0
// All verbs, in the order of the help.
import { ALLOW } from './allow/allow-verb.ts';
import { REVOKE } from './allow/revoke-verb.ts';
import { CAN_USE } from './can-use/verb.ts';
import { CONVERT } from './convert/verb.ts';
import { EXPORT } from './export/verb.ts';
import { GENERATE } from './generate/verb.ts';
import { LINT } from './lint/verb.ts';
import { DOCTOR } from './diagnose/doctor/verb.ts';
import { STATUS } from './diagnose/status/verb.ts';
import { TROUBLESHOOT } from './diagnose/troubleshoot/verb.ts';
import type { Verb } from './verb.ts';

/** One for each verb of `kubectl gmsa`. */
export const VERBS: readonly Verb[] = [
  GENERATE,
  CONVERT,
  EXPORT,
  LINT,
  ALLOW,
  REVOKE,
  CAN_USE,
  STATUS,
  DOCTOR,
  TROUBLESHOOT,
];
