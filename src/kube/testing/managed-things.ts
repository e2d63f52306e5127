// SPDX-License-Identifier: Apache-2.0
// A kind of managed objects, and a server that gives the answers of a script, one after the other.
import type { ApiRequest } from '../client/client.ts';
import type { RawObject } from '../informer/watch-events.ts';
import {
  decodeFingerprinted,
  type Fingerprinted,
  type KubeObject,
  type ManagedKind,
  type ManagedObjectContext,
  type ObjectMeta,
} from '../managed-object.ts';

/** An object of the kind; `shape` can only be set at creation, and a darker colour revokes. */
export interface Thing extends KubeObject {
  readonly colour: string;
  readonly shape: string;
}

/** How things are compared. */
export const thingKind: ManagedKind<Thing> = {
  resource: { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true },
  fingerprint: ({ colour, shape }) => `${colour} ${shape}`,
  merge: (live, desired) => ({ ...desired, metadata: live.metadata }),
  mustReplace: (live, desired) => live.shape !== desired.shape,
  isRevocation: (live) => live.colour === 'open to all',
  comparedFields: () => [['f:colour'], ['f:shape']],
};

/** The path of the one thing. */
export const THING_PATH = '/api/v1/namespaces/prod/things/a';

/** Whether the operator, `us`, owns a thing. */
export const isOurs = ({ metadata }: Thing): boolean => metadata.labels?.['owner'] === 'us';

/** The thing as it is to be. */
export const desiredThing: Thing = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'prod', labels: { owner: 'us' } },
  colour: 'red',
  shape: 'round',
};

/** The thing as the server gives it back. */
export function liveThing(
  version: number,
  more: Partial<Thing> = {},
  metadata: Partial<ObjectMeta> = {},
): Thing & RawObject {
  return {
    ...desiredThing,
    ...more,
    metadata: {
      ...desiredThing.metadata,
      uid: 'uid-1',
      resourceVersion: String(version),
      ...metadata,
    },
  };
}

/** `managedFields` of a thing that `manager` wrote. */
export function writtenBy(manager: string): Pick<ObjectMeta, 'managedFields'> {
  return {
    managedFields: [
      { manager, time: '2026-01-03T00:00:00Z', fieldsV1: { 'f:colour': {}, 'f:shape': {} } },
    ],
  };
}

/** See {@link createThingServer}. */
export interface ThingServer {
  readonly context: ManagedObjectContext<Thing>;
  readonly requests: ApiRequest[];
  /** Method and the end of the path of each request. */
  sent(): readonly string[];
  /** Sets the answers to come; errors are thrown. */
  answers(...answers: readonly unknown[]): void;
  /** What the informer holds, which may differ from what there is. */
  readonly cache: Map<string, Fingerprinted>;
  cached(object: RawObject): Fingerprinted;
  /** UIDs of the objects that the informer was told are deleted. */
  readonly forgotten: readonly string[];
}

/** A server without answers, and an empty cache. */
export function createThingServer(): ThingServer {
  const requests: ApiRequest[] = [];
  const forgotten: string[] = [];
  const cache = new Map<string, Fingerprinted>();
  const decode = decodeFingerprinted(thingKind);
  let script: unknown[] = [];

  function cached(object: RawObject): Fingerprinted {
    const fingerprinted = decode(object);
    cache.set('prod/a', fingerprinted);
    return fingerprinted;
  }

  const informer: Pick<
    ManagedObjectContext<Thing>['informer'],
    'get' | 'observe' | 'observeDeleted'
  > = {
    get: (key) => cache.get(key),
    observe: (raw) => void cached(raw),
    observeDeleted: ({ uid }) => {
      forgotten.push(uid);
      cache.delete('prod/a');
    },
  };
  return {
    context: {
      client: {
        request: <T>(request: ApiRequest) => {
          requests.push(request);
          const answer = script.shift();
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
        },
        watch: () => {
          throw new Error('nobody watches here');
        },
        close: () => undefined,
      },
      kind: thingKind,
      informer: informer as ManagedObjectContext<Thing>['informer'],
      fieldManager: 'us',
    },
    requests,
    sent: () => requests.map(({ method, path }) => `${method} ${path.replace(/.*things/, '')}`),
    answers: (...answers) => {
      script = [...answers];
    },
    cache,
    cached,
    forgotten,
  };
}
