// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { shownMessage } from './shown-message.ts';

describe('shownMessage', () => {
  it('is one line, and not endless', () => {
    expect(shownMessage(' a\r\n  b\tc ')).toBe('a b c');
    expect(shownMessage('x'.repeat(1000))).toHaveLength(401);
  });

  it('leaves out what a plug-in is called with, however it is quoted', () => {
    const message = String.raw`create failed: extra info: {\"HostAccountConfig\":{\"PluginInput\":\"hunter2\",\"PortableCcgVersion\":\"1\"}}`;
    const shown = shownMessage(message);
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('create failed');
    expect(shownMessage('pluginInput: hunter2 PluginInput: hunter3')).not.toContain('hunter');
  });
});
