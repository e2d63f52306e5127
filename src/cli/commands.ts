// SPDX-License-Identifier: Apache-2.0
// All commands, in the order of the help.
import { ALLOW, REVOKE } from './allow/command.ts';
import { CAN_USE } from './can-use/command.ts';
import { CONVERT } from './convert/command.ts';
import { EXPORT } from './export/command.ts';
import { GENERATE } from './generate/command.ts';
import { LINT } from './lint/command.ts';
import { DOCTOR } from './diagnose/doctor/command.ts';
import { STATUS } from './diagnose/status/command.ts';
import { TROUBLESHOOT } from './diagnose/troubleshoot/command.ts';
import type { Command } from './command.ts';

/** One for each command of `kubectl gmsa`. */
export const COMMANDS: readonly Command[] = [
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
