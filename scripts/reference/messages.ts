// SPDX-License-Identifier: Apache-2.0
// What the operator says of credspecs and of itself, message by message.
import { type Reason, REASONS } from './conditions.ts';
import { CONFIGURATION_EVENTS, CREDSPEC_EVENTS, type EventReason } from './events.ts';
import { code, list } from './markdown.ts';
import { ADMISSION_PROBLEMS, conditionSamples } from './samples/conditions.ts';
import { shown } from './samples/names.ts';
import { ADMISSION_PROBLEM_REMEDIES } from './texts/webhook-problem-remedies.ts';

/** The messages of conditions. */
export function conditionMessages(): string {
  const samples = conditionSamples();
  const types = Map.groupBy(REASONS, ({ type }) => type);
  return [...types]
    .flatMap(([type, reasons]) => [
      `### The condition ${code(type)}`,
      ...reasons.map((reason) =>
        describeReason(reason, [
          ...samples
            .filter((sample) => sample.type === type && sample.reason === reason.reason)
            .map(({ message }) => message),
        ]),
      ),
    ])
    .join('\n\n');
}

/** The messages of Events that are not those of conditions. */
export function credspecEventMessages(): string {
  return CREDSPEC_EVENTS.map(describeEvent).join('\n\n');
}

/** The messages of Events about the webhook configurations. */
export function configurationEventMessages(): string {
  return CONFIGURATION_EVENTS.map(describeEvent).join('\n\n');
}

function describeReason(
  { type, reason, status, means, remedy }: Reason,
  messages: string[],
): string {
  const items = [
    ...new Set(messages.map(shown)),
    ...(type === 'AdmissionReady' ? admissionProblems(reason) : []),
  ];
  if (items.length === 0) throw new Error(`there is no message of ${type} with reason ${reason}`);
  return `#### ${code(reason)}\n\n${code(status)}: ${means}. ${whatToDo(remedy)}\n\n${list(items)}`;
}

/** With a remedy for each: the reason alone says little. */
function admissionProblems(reason: string): readonly string[] {
  return Object.entries(ADMISSION_PROBLEMS).flatMap(([name, problems]) =>
    problems
      .filter((problem) => problem.reason === reason)
      .map(
        ({ message }) =>
          `${shown(message)}: ${ADMISSION_PROBLEM_REMEDIES[name as keyof typeof ADMISSION_PROBLEMS]}`,
      ),
  );
}

function describeEvent({ type, reason, tells, remedy, notes }: EventReason): string {
  return `#### ${code(reason)}\n\n${code(type)}: ${tells}. ${whatToDo(remedy)}\n\n${list(notes.map(shown))}`;
}

function whatToDo(remedy: string): string {
  return remedy === 'nothing' ? 'There is nothing to do.' : `What to do: ${remedy}.`;
}
