// SPDX-License-Identifier: Apache-2.0

/** The documents that go task by task and whose commands no other test runs. */
export const TASK_DOCUMENTS = [
  'docs/granting.md',
  'docs/prerequisites.md',
  'docs/certificates.md',
  'docs/faq.md',
] as const;
