// SPDX-License-Identifier: Apache-2.0
// What a command prints of an answer, for tests of what is not to be in it in any form.
import { type Answer, type OutputForm, printAnswer } from '../answer.ts';
import { fakeIo } from './fake-io.ts';

/** The text on stdout. */
export async function answerText(answer: Answer, form: OutputForm): Promise<string> {
  const io = fakeIo();
  await printAnswer(io, form, answer);
  return io.out();
}
