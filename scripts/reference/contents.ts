// SPDX-License-Identifier: Apache-2.0
// The checks of contents.
import { findInContents } from '../../src/api/check-contents.ts';
import { CONTENT_CHECKS, type ContentCheck } from '../../src/api/content-findings.ts';
import { code, codes, list, table } from './markdown.ts';
import { FAULTY_CONTENTS } from './samples/contents.ts';
import {
  CONTENT_CHECK_MEANINGS,
  type ContentCheckMeaning,
} from './texts/content-check-meanings.ts';

/** Those whose findings cannot work. */
export function contentErrors(): string {
  return checkTable('error', 'why it cannot work');
}

/** Those whose findings look wrong. */
export function contentWarnings(): string {
  return checkTable('warning', 'why it looks wrong');
}

/** What they say. */
export function contentMessages(): string {
  return checks()
    .map((check) => {
      const messages = FAULTY_CONTENTS[check].flatMap((contents) =>
        findInContents(contents)
          .filter((finding) => finding.check === check)
          .map(({ message }) => message),
      );
      if (messages.length === 0) throw new Error(`there is no example for the check ${check}`);
      return `### ${code(check)}\n\n${list(messages.map(code))}`;
    })
    .join('\n\n');
}

function checkTable(severity: 'error' | 'warning', why: string): string {
  return table(
    ['check', 'fields', why, 'what to do'],
    checks()
      .filter((check) => CONTENT_CHECKS[check] === severity)
      .map((check) => {
        const meaning: ContentCheckMeaning = CONTENT_CHECK_MEANINGS[check];
        const fields = meaning.fields.length === 0 ? 'all' : codes(meaning.fields);
        return [code(check), fields, meaning.why, meaning.remedy];
      }),
  );
}

function checks(): readonly ContentCheck[] {
  return Object.keys(CONTENT_CHECKS) as ContentCheck[];
}
