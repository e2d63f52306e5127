// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { TOLD_REASONS } from '../../../src/controller/status/status-news.ts';
import { REASON_MEANINGS } from './condition-meanings.ts';

describe('Events about a credspec', () => {
  it('tell of every reason with which contents or access can be wrong', () => {
    const told: readonly string[] = TOLD_REASONS;
    const wrong = [REASON_MEANINGS.Valid, REASON_MEANINGS.AccessGranted].flatMap((reasons) =>
      Object.entries(reasons).filter(([, { status: is }]) => is === 'False'),
    );
    expect(wrong.map(([reason]) => reason).filter((reason) => !told.includes(reason))).toEqual([]);
  });
});
