// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { credspecNames, lookedFor, lookUpCredspecs } from './look-up.ts';
import { podPlaces } from './places.ts';
import { fakeCredspecSource } from '../testing/ports.ts';
import { credspec, gmsa, pod } from '../testing/pods.ts';

const { signal } = new AbortController();
const webapp = credspec('webapp1');
const newer = credspec('webapp1', { uid: 'newer' });

describe('the names to look for', () => {
  it('are each there once, in the order of the places', () => {
    const containers = ['b', 'a', 'b', 'c'].map((name) => gmsa(name));
    expect(credspecNames(podPlaces(pod({ ...gmsa('c'), containers })))).toEqual(['c', 'b', 'a']);
  });

  it('are those that a credspec can have', () => {
    const names = ['', 'WebApp1', '../secrets', 'a/b', 'a b', '__proto__', '.', 'a'.repeat(254)];
    const containers = [...names, 'constructor', 'a.b-c'].map((name) => gmsa(name));
    expect(credspecNames(podPlaces(pod({ containers })))).toEqual(['constructor', 'a.b-c']);
  });
});

describe('looking up credspecs', () => {
  it('asks the cache alone where it knows them', async () => {
    const source = fakeCredspecSource([webapp]);
    const lookUps = await lookUpCredspecs(['webapp1'], { source, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'found', credspec: webapp }]]));
    expect(source.liveLookUps).toEqual([]);
  });

  it('asks the API server, once, for one that the cache does not know', async () => {
    const source = fakeCredspecSource([], [webapp]);
    const lookUps = await lookUpCredspecs(['webapp1'], { source, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'found', credspec: webapp }]]));
    expect(source.liveLookUps).toEqual(['webapp1']);
  });

  it('asks the API server, once, for one that is doubtful, and takes its word', async () => {
    const source = fakeCredspecSource([webapp], [newer]);
    const lookUps = await lookUpCredspecs(['webapp1'], { source, doubtful: () => true, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'found', credspec: newer }]]));
    expect(source.liveLookUps).toEqual(['webapp1']);
  });

  it('asks the API server, once, for one that has no contents in the cache', async () => {
    const empty = { ...webapp, contents: undefined };
    const source = fakeCredspecSource([empty], [webapp]);
    const lookUps = await lookUpCredspecs(['webapp1'], { source, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'found', credspec: webapp }]]));
    expect(source.liveLookUps).toEqual(['webapp1']);
  });

  it('tells one without contents from one that is not there', async () => {
    const source = fakeCredspecSource([], [{ ...webapp, contents: undefined }]);
    const lookUps = await lookUpCredspecs(['webapp1', 'webapp2'], { source, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'empty', uid: webapp.uid }]]));
    expect(lookedFor(lookUps)).toEqual([{ name: 'webapp1', uid: webapp.uid }]);
  });

  it('does not believe the cache in one that is gone', async () => {
    const source = fakeCredspecSource([webapp], []);
    const lookUps = await lookUpCredspecs(['webapp1'], { source, doubtful: () => true, signal });
    expect(lookUps).toEqual(new Map([['webapp1', { type: 'missing' }]]));
  });

  it('ends with the first name that is not found: the pod is denied anyway', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `missing-${i}`);
    const source = fakeCredspecSource([webapp]);
    const lookUps = await lookUpCredspecs(['webapp1', ...names], { source, signal });
    expect([...lookUps.keys()]).toEqual(['webapp1', 'missing-0']);
    expect(source.liveLookUps).toEqual(['missing-0']);
  });

  it('hands on why it could not be done', async () => {
    const source = fakeCredspecSource([], new Error('connect ECONNREFUSED'));
    const lookUps = await lookUpCredspecs(['webapp1'], { source, signal });
    expect(lookUps).toEqual(
      new Map([['webapp1', { type: 'failed', why: 'connect ECONNREFUSED' }]]),
    );
  });

  it('says that time was over where it was', async () => {
    const source = fakeCredspecSource([], new Error('This operation was aborted'));
    const lookUps = await lookUpCredspecs(['webapp1'], { source, signal: AbortSignal.abort() });
    expect(lookUps.get('webapp1')).toEqual({
      type: 'failed',
      why: 'the API server did not answer in time',
    });
  });
});
