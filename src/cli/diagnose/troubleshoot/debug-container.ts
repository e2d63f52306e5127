// SPDX-License-Identifier: Apache-2.0
// What the image lacks, a container of `kubectl debug` may have. It has what the pod as a whole says, and
// nothing of what another container says of itself. Pure.
import type { LinkFinding } from './link.ts';
import { isOfWholePod, type Subject } from './subject.ts';

/** Findings whose remedy is `kubectl debug`, with one that fits where that would not have the account. */
export function withDebugRemedy(
  findings: readonly LinkFinding[],
  subject: Subject,
): readonly LinkFinding[] {
  if (isOfWholePod(subject)) return findings;
  return findings.map((finding) =>
    finding.remedy === 'no-such-program' ? { ...finding, remedy: 'no-such-program-here' } : finding,
  );
}
