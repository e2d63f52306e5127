// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createNarrator, type Terminal } from './narrate.ts';

function recordingTerminal(properties: Partial<Terminal> = {}): Terminal & { text: string } {
  return {
    ...properties,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

/** Escape sequences begin with it. */
const ESCAPE = String.fromCharCode(27);

describe('colours', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['not into a file or pipe', undefined, {}, false],
    ['not where NO_COLOR is set', true, { NO_COLOR: '1' }, false],
  ])('%s', (_, isTTY, env, coloured) => {
    const terminal = recordingTerminal({ isTTY });
    const narrator = createNarrator(terminal, env);
    narrator.command('kubectl get gmsa');
    narrator.shown('It is there.');
    expect(terminal.text.includes(ESCAPE)).toBe(coloured);
    expect(terminal.text).toContain('$ kubectl get gmsa');
  });

  it("leaves a command's output as it came", () => {
    const terminal = recordingTerminal({ isTTY: true });
    createNarrator(terminal, {}).output('NAME   READY\nweb    True\n');
    expect(terminal.text).toBe('NAME   READY\nweb    True\n');
  });
});

describe('paragraphs', () => {
  it('are as wide as the terminal, and words longer than that stay whole', () => {
    const terminal = recordingTerminal({ columns: 20 });
    createNarrator(terminal, {}).say('One two three\n    four securityContext.windowsOptions five');
    expect(terminal.text).toBe('\nOne two three four\nsecurityContext.windowsOptions\nfive\n');
  });
});
