// SPDX-License-Identifier: Apache-2.0
// What admission says: denials, warnings, and what the server refuses by itself.
import { REFUSALS, tooLarge, wrongContentType } from '../../src/admission/https/refusal.ts';
import { HTTP_LIMITS } from '../../src/admission/https/limits.ts';
import { code, list, table } from './markdown.ts';
import { DENIALS } from './samples/denials.ts';
import { shown } from './samples/names.ts';
import { WARNINGS } from './samples/warnings.ts';
import { DENIAL_REMEDIES } from './texts/denial-remedies.ts';
import { SWITCH_MEANINGS } from './texts/switch-meanings.ts';
import { WARNING_MEANINGS } from './texts/warning-meanings.ts';

/** The denials by how their messages begin: what comes behind differs more from case to case. */
export function denialTable(): string {
  const rows = entriesOf(DENIALS).map(([name, [denial]]) => [
    String(denial.code),
    shown(beginning(denial.message)),
    DENIAL_REMEDIES[name],
  ]);
  return table(['code', 'message begins', 'what to do'], rows);
}

/** The denials word by word. */
export function denialMessages(): string {
  return list(
    entriesOf(DENIALS).map(([name, denials]) => {
      const messages = denials.map(({ message }) => shown(message)).join(' or ');
      return `${denials[0].code} ${messages}: ${DENIAL_REMEDIES[name]}`;
    }),
  );
}

/** Warnings about pods. */
export function podWarnings(): string {
  return warningsAbout('pods');
}

/** Warnings about credspecs. */
export function credspecWarnings(): string {
  return warningsAbout('credspecs');
}

/** What the server answers where nothing was decided. */
export function refusalTable(): string {
  const refusals = [
    ...Object.values(REFUSALS),
    wrongContentType(undefined),
    wrongContentType('text/plain'),
    tooLarge(HTTP_LIMITS.maxBodyBytes),
  ].toSorted((a, b) => a.code - b.code);
  return table(
    ['code', 'message'],
    refusals.map((refusal) => [String(refusal.code), code(refusal.message)]),
  );
}

/** The annotations on pods. */
export function podAnnotationTable(): string {
  return table(
    ['annotation', 'value', 'does'],
    Object.entries(SWITCH_MEANINGS).map(([annotation, meaning]) => [
      code(annotation),
      '`"true"`, `"false"`',
      meaning,
    ]),
  );
}

function warningsAbout(subject: 'credspecs' | 'pods'): string {
  return list(
    entriesOf(WARNINGS)
      .filter(([name]) => ['both', subject].includes(WARNING_MEANINGS[name].about))
      .flatMap(([name, warnings]) =>
        warnings.map((warning) => `${shown(warning)}: ${WARNING_MEANINGS[name].means}`),
      ),
  );
}

/** Up to where it says what to do, or why. */
function beginning(message: string): string {
  return message.split(/: | \(/, 1)[0] ?? message;
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): readonly [K, V][] {
  return Object.entries(record) as [K, V][];
}
