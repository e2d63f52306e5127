// SPDX-License-Identifier: Apache-2.0
// The help of each verb of kubectl gmsa in the text of its reference. Pure.
import { helpOf } from '../src/cli/program.ts';
import { VERBS } from '../src/cli/verbs.ts';

/** Where it stands. */
export const REFERENCE = 'docs/reference/kubectl-gmsa.md';

/**
 * The reference with the help of every verb as it is now, in the first text block under the verb's heading;
 * verbs without a heading come at the end. What is written beside the help stays.
 */
export function referenceWithHelp(markdown: string): string {
  return VERBS.reduce((text, { name }) => {
    const block = `\`\`\`text\n${helpOf({ verbs: VERBS, version: '' }, name)}\`\`\`\n`;
    const heading = `\n### \`${name}\`\n`;
    const start = text.indexOf(heading);
    if (start < 0) return `${text}${heading}\n${block}`;
    const [from, to] = [start + heading.length, text.indexOf('\n### ', start + 1)];
    const section = text.slice(from, to < 0 ? undefined : to);
    const rest = to < 0 ? '' : text.slice(to);
    const written = section.replace(/```text\n[^]*?```\n/, () => block);
    return text.slice(0, from) + written + rest;
  }, markdown);
}
