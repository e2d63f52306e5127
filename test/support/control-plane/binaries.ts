// SPDX-License-Identifier: Apache-2.0
// Where the programs come from, in an order that lets nobody build or wait for what they have:
// KUBEBUILDER_ASSETS, the cache, the official prebuilt ones, a build, and an error that helps.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cacheRoot, type Environment, programDirectory, programIn } from './cache.ts';
import { hasGo } from './go.ts';
import { buildProgram } from './go-build.ts';
import { fetchedEarlier, fetchPrebuilt } from './prebuilt.ts';
import { CORE_PROGRAMS, type Program, type ProgramSource, sourceOf } from './programs.ts';
import { minorOf, resolveKubernetesVersion } from './versions.ts';

/** Takes one line of progress, without a line break at its end. */
export type Log = (line: string) => void;

/** The default sink: stdout stays for results. */
export const logToStderr: Log = (line) => {
  process.stderr.write(`${line}\n`);
};

/** A place to look for programs: the path if this place has or can make it. */
export type Place = (source: ProgramSource) => Promise<string | undefined> | string | undefined;

export interface ProvideOptions {
  /** As the user gives it; default `$KUBERNETES_VERSION`, else that of KUBEBUILDER_ASSETS. */
  readonly kubernetesVersion?: string | undefined;
  readonly log?: Log;
  readonly env?: Environment;
}

/** Finds, fetches or builds the programs, and returns their paths. Throws if one is nowhere. */
export async function provide<P extends Program>(
  programs: readonly P[],
  { kubernetesVersion, log = logToStderr, env = process.env }: ProvideOptions = {},
): Promise<Readonly<Record<P, string>>> {
  const requested = nonEmpty(kubernetesVersion) ?? nonEmpty(env['KUBERNETES_VERSION']);
  const assets = nonEmpty(env['KUBEBUILDER_ASSETS']);
  const assetsVersion = assets === undefined ? undefined : await versionOfAssets(assets);
  const version = resolveKubernetesVersion(requested ?? assetsVersion);
  const root = cacheRoot(env);
  const exact = requested !== undefined && /^v?\d+\.\d+\.\d+$/.test(requested);
  const places = [
    inAssets(assets, assetsVersion, version, log),
    inCache(root),
    inPrebuilt({ version, exact, root }, log),
    byBuilding(root, log),
  ];
  const paths: Partial<Record<Program, string>> = {};
  for (const program of programs) paths[program] = await lookUp(sourceOf(program, version), places);
  return paths as Record<P, string>;
}

/** The path that the first place has for it. Throws with what to install if none has. */
export async function lookUp(source: ProgramSource, places: readonly Place[]): Promise<string> {
  for (const place of places) {
    const path = await place(source);
    if (path !== undefined) return path;
  }
  throw new Error(
    `${source.program} ${source.version} is not on this machine and cannot be built: install Go 1.26 or newer (https://go.dev/dl/) and make sure that it reaches a Go module proxy, or set KUBEBUILDER_ASSETS to a directory that holds ${CORE_PROGRAMS.join(', ')}`,
  );
}

/** What the user points to counts unless another minor version was asked for expressly. */
export function inAssets(
  assets: string | undefined,
  assetsVersion: string | undefined,
  version: string,
  log: Log,
): Place {
  if (assets === undefined) return () => undefined;
  if (assetsVersion !== undefined && minorOf(assetsVersion) !== minorOf(version)) {
    log(`KUBEBUILDER_ASSETS holds Kubernetes ${assetsVersion}: not used, ${version} was asked for`);
    return () => undefined;
  }
  return (source) => programIn(assets, source);
}

function inCache(root: string): Place {
  return (source) => programIn(programDirectory(root, source), source);
}

function inPrebuilt(request: Parameters<typeof fetchPrebuilt>[0], log: Log): Place {
  let directory: Promise<string | undefined> | undefined;
  return async (source) => {
    if (!CORE_PROGRAMS.some((program) => program === source.program)) return undefined;
    directory ??= Promise.resolve(
      fetchedEarlier(request) ?? ((await hasGo()) ? fetchPrebuilt(request, log) : undefined),
    );
    const found = await directory;
    return found === undefined ? undefined : programIn(found, source);
  };
}

function byBuilding(root: string, log: Log): Place {
  return async (source) => ((await hasGo()) ? buildProgram(source, root, log) : undefined);
}

// `Kubernetes v1.37.0` → `1.37.0`. An unusual version string is no reason to refuse the programs.
async function versionOfAssets(assets: string): Promise<string | undefined> {
  const path = programIn(assets, sourceOf('kube-apiserver', ''));
  if (path === undefined) return undefined;
  const { stdout } = await promisify(execFile)(path, ['--version']);
  return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
