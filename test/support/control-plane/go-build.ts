// SPDX-License-Identifier: Apache-2.0
// Building a program from its Go module into the cache: once per machine, with progress.
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programDirectory, programIn } from './cache.ts';
import { makeBuildModule } from './go-sums.ts';
import { KWOK_STAGES_FILE, type ProgramSource } from './programs.ts';
import { makeOnce, type Staging } from './staging.ts';

type Log = (line: string) => void;

const PROGRESS_INTERVAL_MS = 5_000;
const OUTPUT = 'out';

// What kwok's own releases call "fast": nodes heartbeat, pods run at once, Jobs complete.
const KWOK_STAGES = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'];

/** Builds `source` unless it is in the cache by now, and returns the program's path there. */
export async function buildProgram(source: ProgramSource, root: string, log: Log): Promise<string> {
  const { program, version } = source;
  const target = programDirectory(root, source);
  return makeOnce(
    { root, name: `${program}-${version}`, title: `${program} ${version}`, log },
    () => programIn(target, source),
    async (staging) => {
      await build(source, staging, log);
      await rm(target, { recursive: true, force: true });
      await rename(join(staging.directory, OUTPUT), target);
      return join(target, program);
    },
  );
}

async function build(source: ProgramSource, staging: Staging, log: Log): Promise<void> {
  const { program, version } = source;
  const started = Date.now();
  log(`building ${program} ${version} from ${source.module}, once per machine`);
  const progress = setInterval(() => {
    void packagesCompiled(staging.logFile).then((count) => {
      const done = count === 0 ? 'downloading' : `${String(count)} packages compiled`;
      log(`building ${program} ${version}, once per machine: ${done}, ${elapsedSince(started)}`);
    });
  }, PROGRESS_INTERVAL_MS);
  try {
    const moduleDirectory = await makeBuildModule(source, staging.directory);
    await staging.go(goBuildArguments(source));
    if (program === 'kwok') await gatherStages(moduleDirectory, join(staging.directory, OUTPUT));
  } finally {
    clearInterval(progress);
  }
  log(`built ${program} ${version} in ${elapsedSince(started)}`);
}

function goBuildArguments(source: ProgramSource): string[] {
  const linkerFlags = ['-s', '-w', ...source.linkedValues.map((value) => `-X ${value}`)].join(' ');
  return [
    'build',
    '-v',
    '-mod=mod',
    '-trimpath',
    '-buildvcs=false',
    `-ldflags=${linkerFlags}`,
    `-o=${join(OUTPUT, source.program)}`,
    source.package,
  ];
}

// `go build -v` writes a line for each package that it compiles.
async function packagesCompiled(logFile: string): Promise<number> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return log.split('\n').filter((line) => line !== '' && !line.startsWith('go: ')).length;
}

async function gatherStages(moduleDirectory: string, target: string): Promise<void> {
  const stages: string[] = [];
  for (const folder of KWOK_STAGES) {
    const directory = join(moduleDirectory, 'kustomize', 'stage', folder);
    for (const file of (await readdir(directory)).sort()) {
      if (!file.endsWith('.yaml') || file === 'kustomization.yaml') continue;
      stages.push(await readFile(join(directory, file), 'utf8'));
    }
  }
  await writeFile(join(target, KWOK_STAGES_FILE), stages.join('---\n'));
}

function elapsedSince(started: number): string {
  const seconds = Math.round((Date.now() - started) / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0
    ? `${String(seconds)} s`
    : `${String(minutes)} min ${String(seconds % 60)} s`;
}
