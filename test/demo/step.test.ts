// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createNarrator } from './narrate.ts';
import type { Shell } from './shell.ts';
import { createScene, type Scene, type Step, tellStory } from './step.ts';

const YES = { expect: 'yes', output: /^yes$/m };

/** A scene whose commands print these texts one after the other, and then the last one for ever. */
function scene(...outputs: readonly string[]): { scene: Scene; printed: () => string; tell: Tell } {
  const left = [...outputs];
  const shell: Shell = () =>
    Promise.resolve({ output: (left.length > 1 ? left.shift() : left[0]) ?? '', code: 1 });
  let text = '';
  const narrator = createNarrator({ write: (more) => (text += more) }, {});
  const created = createScene({ narrator, shell, timeoutMs: 300 });
  return {
    scene: created,
    printed: () => text,
    tell: (...steps) => tellStory(steps, narrator, created),
  };
}

type Tell = (...steps: readonly Step[]) => Promise<void>;

describe('a command that is run once', () => {
  it('is printed with its output', async () => {
    const { scene: stage, printed } = scene('yes\n');
    await stage.run('kubectl auth can-i use', YES);
    expect(printed()).toBe('\n$ kubectl auth can-i use\nyes\n');
  });

  it('fails with what was expected and what was seen', async () => {
    const { scene: stage } = scene('no\n');
    await expect(stage.run('kubectl auth can-i use', YES)).rejects.toThrow(
      '$ kubectl auth can-i use\n  expected: yes\n  seen:     exit code 1\n            no',
    );
  });
});

describe('a command that is repeated', () => {
  it('is printed once, with the output that shows what is expected', async () => {
    const { scene: stage, printed } = scene('no\n', 'no\n', 'yes\n');
    await stage.until('kubectl auth can-i use', YES);
    expect(printed()).toBe('\n$ kubectl auth can-i use\nyes\n');
  });

  it('fails with its last output when that never comes', async () => {
    const { scene: stage } = scene('maybe\n', 'no\n');
    await expect(stage.until('kubectl auth can-i use', YES)).rejects.toThrow(
      'expected: yes\n  seen:     exit code 1\n            no',
    );
  });
});

describe('a story', () => {
  const step = (title: string): Step => ({
    title,
    tell: (stage) => stage.run('kubectl auth can-i use', YES),
  });

  it('tells its steps in order', async () => {
    const { tell, printed } = scene('yes\n');
    await tell(step('first'), step('second'));
    expect(printed().match(/\d of \d: \w+/g)).toEqual(['1 of 2: first', '2 of 2: second']);
  });

  it('ends at the step that does not come true, and names it', async () => {
    const { tell, printed } = scene('yes\n', 'no\n');
    await expect(tell(step('first'), step('second'), step('third'))).rejects.toThrow(
      'Step 2 of 3, "second", did not come true.',
    );
    expect(printed()).not.toContain('third');
  });
});
