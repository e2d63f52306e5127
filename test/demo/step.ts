// SPDX-License-Identifier: Apache-2.0
// A step of the demo: it tells, runs commands, and holds each of them to what it is to show.
import { waitFor } from '../support/wait-for.ts';
import type { Narrator } from './narrate.ts';
import type { CommandResult, Shell } from './shell.ts';

/** What a command must have printed to show what it is run for. */
export interface Expectation {
  /** In words, for the one who reads that it did not come true. */
  readonly expect: string;
  readonly output: RegExp;
}

/** One step of a story. */
export interface Step {
  readonly title: string;
  readonly tell: (scene: Scene) => Promise<void>;
}

/** What a step is told with. */
export interface Scene {
  readonly say: (text: string) => void;
  /** Prints a command, runs it, prints its output. @throws StepFailedError */
  readonly run: (command: string, expectation: Expectation) => Promise<void>;
  /**
   * Repeats a command until it shows what is expected, and prints it once, with its last output.
   * @throws StepFailedError after `timeoutMs`.
   */
  readonly until: (command: string, expectation: Expectation) => Promise<void>;
  /** Prints a result that the commands before have shown. */
  readonly shown: (text: string) => void;
}

/** A command did not show what it was run for. */
export class StepFailedError extends Error {
  override readonly name = 'StepFailedError';

  constructor(command: string, expected: string, { output, code }: CommandResult) {
    super(
      [
        `$ ${command}`,
        `  expected: ${expected}`,
        `  seen:     exit code ${code}`,
        ...output.trimEnd().replaceAll(/^/gm, '            ').split('\n'),
      ].join('\n'),
    );
  }
}

/** A cluster on this machine answers in well under a second; the rest is for busy machines. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** The scene of a demo. */
export function createScene({
  narrator,
  shell,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: {
  readonly narrator: Narrator;
  readonly shell: Shell;
  readonly timeoutMs?: number;
}): Scene {
  function print(command: string, { output }: CommandResult): void {
    narrator.command(command);
    narrator.output(output);
  }

  return {
    say: narrator.say,
    shown: narrator.shown,
    async run(command, { expect, output }) {
      const result = await shell(command);
      if (!output.test(result.output)) throw new StepFailedError(command, expect, result);
      print(command, result);
    },
    async until(command, { expect, output }) {
      let last: CommandResult = { output: '', code: 0 };
      const probe = async (): Promise<boolean> => {
        last = await shell(command);
        return output.test(last.output);
      };
      await waitFor(expect, probe, { timeoutMs, everyMs: 100 }).catch(() => {
        throw new StepFailedError(command, expect, last);
      });
      print(command, last);
    },
  };
}

/** Tells the steps in order. @throws Error that names the step that did not come true, and why. */
export async function tellStory(
  steps: readonly Step[],
  narrator: Narrator,
  scene: Scene,
): Promise<void> {
  for (const [index, { title, tell }] of steps.entries()) {
    const place = `${index + 1} of ${steps.length}`;
    narrator.heading(title, place);
    try {
      await tell(scene);
    } catch (error) {
      throw new Error(`Step ${place}, "${title}", did not come true.`, { cause: error });
    }
  }
}
