// SPDX-License-Identifier: Apache-2.0
// Scripts that change nothing, so that they may be run again.
import { commandsIn } from '../shell-commands.ts';

const QUESTIONS: readonly (readonly string[])[] = [
  ['kubectl', 'auth', 'can-i'],
  ['kubectl', 'describe'],
  ['kubectl', 'get'],
  ['kubectl', 'gmsa', 'can-use'],
  ['kubectl', 'gmsa', 'doctor'],
  ['kubectl', 'gmsa', 'lint'],
  ['kubectl', 'gmsa', 'status'],
  ['kubectl', 'gmsa', 'troubleshoot'],
  // What an answer is piped through.
  ['base64'],
  ['grep'],
  ['openssl'],
];

/** Whether all commands of a script are questions. */
export function onlyAsks(script: string): boolean {
  return commandsIn(script).every((words) =>
    QUESTIONS.some((question) => question.every((word, index) => words[index] === word)),
  );
}
