// SPDX-License-Identifier: Apache-2.0
// A document whose commands are run as they stand there, section by section.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provide } from '../support/control-plane/binaries.ts';

/** See {@link openGuide}. */
export interface Guide {
  /** Sections that have commands and were not run yet, in their order. */
  left(): readonly string[];
  /**
   * Runs the commands of the next section, whose title must be this one, and returns what they print.
   * @throws Error with what they print where one of them fails.
   */
  run(section: string): Promise<string>;
  close(): Promise<void>;
}

/** A section of level 2, and the commands in it. */
interface Section {
  readonly title: string;
  readonly commands: readonly string[];
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Opens a document of the project. Its commands are run by Bash in a new directory, in which `charts` is
 * the project's, with `variables` in place of those that the document exports before its first section.
 * @throws Error where the document exports others.
 */
export async function openGuide(
  path: string,
  options: {
    readonly kubeconfig: string;
    readonly variables: Readonly<Record<string, string>>;
  },
): Promise<Guide> {
  const [introduction = '', ...rest] = (await readFile(join(PROJECT, path), 'utf8')).split(/^## /m);
  const exported = commandsOf(introduction).flatMap((block) => [...block.matchAll(/(\w+)=/g)]);
  const names = exported.map(([, name = '']) => name).sort();
  if (names.join() !== Object.keys(options.variables).sort().join()) {
    throw new Error(`${path} exports ${names.join(', ')}`);
  }
  const sections = rest
    .map((text): Section => ({ title: text.split('\n', 1)[0] ?? '', commands: commandsOf(text) }))
    .filter(({ commands }) => commands.length > 0);

  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-guide-'));
  const programs = Object.values(await provide(['helm', 'kubectl'])).map(dirname);
  const env = {
    ...process.env,
    ...options.variables,
    PATH: [...programs, process.env['PATH']].join(delimiter),
    KUBECONFIG: options.kubeconfig,
    KUBECACHEDIR: join(directory, 'kubectl-cache'),
    HELM_CACHE_HOME: join(directory, 'helm-cache'),
    HELM_CONFIG_HOME: join(directory, 'helm-config'),
    HELM_DATA_HOME: join(directory, 'helm-data'),
    CHARTS: join(PROJECT, 'charts'),
  };
  await bash('ln -s "$CHARTS" charts', { directory, env });

  return {
    left: () => sections.map(({ title }) => title),
    async run(title) {
      const next = sections[0];
      if (next?.title !== title) {
        throw new Error(`${path}: the next section is "${String(next?.title)}", not "${title}"`);
      }
      sections.shift();
      return bash(next.commands.join('\n'), { directory, env });
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

function commandsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function bash(
  script: string,
  { directory, env }: { readonly directory: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: directory, env });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`exit code ${String(code)}:\n${script}\n${output}`));
    });
    child.stdin.end();
  });
}
