// SPDX-License-Identifier: Apache-2.0
// Completion as kubectl asks for it (KEP-2379): the program `kubectl_complete-gmsa` gets the words up to the
// cursor, and prints candidates and a directive of the Cobra library.
import type { ProgramOptions } from '../program.ts';
import { complete, type Offer } from './complete.ts';
import { clusterLookUp } from './look-up.ts';

/** Cobra's directives, which are added up (ShellCompDirective). */
const NO_SPACE = 2;
const NO_FILES = 4;

/** Prints what is offered for the last of these words. */
export async function runCompletion(
  words: readonly string[],
  { commands, io, withCluster }: Omit<ProgramOptions, 'version'>,
): Promise<void> {
  io.stdout.write(printed(await complete(words, commands, clusterLookUp(withCluster))));
}

function printed({ candidates, files }: Offer): string {
  const lines = candidates.map(({ value, description }) =>
    description === undefined ? value : `${value}\t${description}`,
  );
  // Behind a namespace comes the name.
  const unfinished = candidates.length > 0 && candidates.every(({ value }) => value.endsWith('/'));
  const directive = (unfinished ? NO_SPACE : 0) + (files === 'offered' ? 0 : NO_FILES);
  return [...lines, `:${directive}`, ''].join('\n');
}
