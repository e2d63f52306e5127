// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createWorkSlots } from './work-slots.ts';

function starters() {
  const started: string[] = [];
  return { started, starter: (name: string) => () => void started.push(name) };
}

describe('createWorkSlots', () => {
  it('starts as many as there are places, the rest in the order they came', () => {
    const slots = createWorkSlots(2, 10);
    const { started, starter } = starters();
    expect(['a', 'b', 'c', 'd'].map((name) => slots.enter(starter(name)))).toEqual([
      'entered',
      'entered',
      'waiting',
      'waiting',
    ]);
    expect(started).toEqual(['a', 'b']);
    slots.give();
    expect(started).toEqual(['a', 'b', 'c']);
    slots.give();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has a place for the next one where nobody waited', () => {
    const slots = createWorkSlots(1, 0);
    const { started, starter } = starters();
    slots.enter(starter('a'));
    slots.give();
    expect(slots.enter(starter('b'))).toBe('entered');
    expect(started).toEqual(['a', 'b']);
  });

  it('lets no more wait than it says', () => {
    const slots = createWorkSlots(1, 1);
    const { started, starter } = starters();
    slots.enter(starter('a'));
    slots.enter(starter('b'));
    expect(slots.enter(starter('c'))).toBe('full');
    slots.give();
    slots.give();
    expect(started).toEqual(['a', 'b']);
  });

  it('passes over one that no longer waits', () => {
    const slots = createWorkSlots(1, 2);
    const { started, starter } = starters();
    const tired = starter('tired');
    slots.enter(starter('a'));
    slots.enter(tired);
    slots.enter(starter('c'));
    slots.cancel(tired);
    slots.give();
    expect(started).toEqual(['a', 'c']);
  });
});
