// SPDX-License-Identifier: Apache-2.0
// Finds the credspecs that a pod names: from the cache, and from the API server where the cache would
// deny what may be right, for it can be a moment behind.
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import type { AdmissionCredspec, CredspecSource } from '../ports.ts';
import type { CredspecId, Denial } from '../review/decision.ts';
import { cannotLookUp, doesNotExist, hasNoContents } from './denials.ts';
import type { PodPlace } from './places.ts';
import { NO_ANSWER, shownError } from '../review/shown.ts';

/** What became of looking for a credspec. */
export type LookUp =
  | { readonly type: 'found'; readonly credspec: CredspecWithContents }
  | { readonly type: 'missing' }
  /** There, and without contents. */
  | { readonly type: 'empty'; readonly uid: string }
  /** `why` goes on after "cannot check whether …: ". */
  | { readonly type: 'failed'; readonly why: string };

/** A credspec that pods can be given. */
export type CredspecWithContents = AdmissionCredspec & { readonly contents: string };

/** By name of the credspec. A name that is not here was not looked for. */
export type LookUps = ReadonlyMap<string, LookUp>;

/**
 * The names of credspecs that stand at these places, in their order, each once. Names that no resource
 * can have are left out: they come unchecked from whoever wrote the pod, and would become part of a path.
 */
export function credspecNames(places: readonly PodPlace[]): readonly string[] {
  const names = new Set<string>();
  for (const { credspecName } of places) {
    if (credspecName !== undefined && isDns1123Subdomain(credspecName)) names.add(credspecName);
  }
  return [...names];
}

/** What was looked for, for the audit log. */
export function lookedFor(lookUps: LookUps): readonly CredspecId[] {
  return [...lookUps].map(([name, lookUp]) => ({
    name,
    uid: uidOf(lookUp),
  }));
}

/** Why a pod is denied that names a credspec at this place and cannot be given it. */
export function lookUpDenial(
  lookUp: Exclude<LookUp, { readonly type: 'found' }>,
  credspecName: string,
  place: PodPlace,
): Denial {
  switch (lookUp.type) {
    case 'missing':
      return doesNotExist(credspecName, place);
    case 'empty':
      return hasNoContents(credspecName);
    case 'failed':
      return cannotLookUp(credspecName, lookUp.why);
  }
}

/**
 * Looks for credspecs by valid names. One that the cache does not hold with its contents, or that is
 * `doubtful` as it is in the cache, is asked for once at the API server, one after the other. It ends with
 * the first name for which nothing is found, for that denies the pod: a pod with many wrong names does not
 * become as many requests. What `live` throws becomes a look-up that failed.
 */
export async function lookUpCredspecs(
  names: readonly string[],
  options: {
    readonly source: CredspecSource;
    readonly doubtful?: (credspec: CredspecWithContents) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<LookUps> {
  const { source, doubtful, signal } = options;
  const lookUps = new Map<string, LookUp>();
  for (const name of names) {
    const cached = lookUpOf(source.cached(name));
    const isEnough = cached.type === 'found' && doubtful?.(cached.credspec) !== true;
    const lookUp = isEnough ? cached : await lookUpLive(source, name, signal);
    lookUps.set(name, lookUp);
    if (lookUp.type !== 'found') break;
  }
  return lookUps;
}

function uidOf(lookUp: LookUp): string | undefined {
  switch (lookUp.type) {
    case 'found':
      return lookUp.credspec.uid;
    case 'empty':
      return lookUp.uid;
    case 'failed':
    case 'missing':
      return undefined;
  }
}

function lookUpOf(credspec: AdmissionCredspec | undefined): LookUp {
  if (credspec === undefined) return { type: 'missing' };
  const { uid, contents } = credspec;
  return contents === undefined
    ? { type: 'empty', uid }
    : { type: 'found', credspec: { ...credspec, contents } };
}

async function lookUpLive(
  source: CredspecSource,
  name: string,
  signal: AbortSignal,
): Promise<LookUp> {
  try {
    return lookUpOf(await source.live(name, signal));
  } catch (error) {
    return { type: 'failed', why: signal.aborted ? NO_ANSWER : shownError(error) };
  }
}
