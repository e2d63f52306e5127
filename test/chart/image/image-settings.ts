// SPDX-License-Identifier: Apache-2.0
// What the Dockerfile says of the image, read from it, so that what is tested is what is built.
import { readFile } from 'node:fs/promises';

/** The parts of the image's configuration that a container runtime goes by. */
export interface ImageSettings {
  /** Program and first arguments. */
  readonly entrypoint: readonly string[];
  /** `<uid>:<gid>`. */
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of images, by the build argument that replaces them. */
  readonly baseImages: Readonly<Record<string, string>>;
  /** What the stage before copies from the project, and what it runs to make the tree `/staged`. */
  readonly build: { readonly sources: readonly string[]; readonly command: string };
}

/** Reads the Dockerfile; of its stages the last one is the image. @throws Error where one is missing. */
export async function readImageSettings(): Promise<ImageSettings> {
  const text = await readFile(new URL('../../../Dockerfile', import.meta.url), 'utf8');
  const lastStage = text.lastIndexOf('\nFROM ');
  const [before, stage] = [text.slice(0, lastStage), text.slice(lastStage)];
  return {
    entrypoint: JSON.parse(found(stage, /^ENTRYPOINT (\[.*\])$/m)) as string[],
    user: found(stage, /^USER (\d+:\d+)$/m),
    environment: pairs(stage, /^ENV (\w+)=(\S+)$/gm),
    baseImages: pairs(text, /^ARG (\w+_IMAGE)=(\S+)$/gm),
    build: {
      sources: [...before.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, list = '']) =>
        list.split(' '),
      ),
      command: found(before, /^RUN (node .*)$/m),
    },
  };
}

function pairs(text: string, pattern: RegExp): Readonly<Record<string, string>> {
  const matches = [...text.matchAll(pattern)];
  return Object.fromEntries(matches.map(([, name = '', value = '']) => [name, value] as const));
}

function found(text: string, pattern: RegExp): string {
  const [, value] = pattern.exec(text) ?? [];
  if (value === undefined)
    throw new Error(`the Dockerfile has no ${String(pattern)} where it should`);
  return value;
}
