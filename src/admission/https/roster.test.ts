// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createRoster, NOWHERE, type RosterMember } from './roster.ts';

interface Named extends RosterMember {
  readonly name: string;
}

const named = (name: string): Named => ({ place: NOWHERE, name });

describe('createRoster', () => {
  it('holds what a Set would, whatever the order in which members come and go', () => {
    const roster = createRoster<Named>();
    const expected = new Set<Named>();
    const all = Array.from({ length: 7 }, (_, index) => named(String(index)));
    // Each member is added twice and deleted twice, in turns that differ in length.
    for (let step = 0; step < 200; step++) {
      const member = all[(step * 5) % all.length] ?? named('none');
      if (step % 3 === 0 || step % 7 < 3) {
        roster.add(member);
        expected.add(member);
      } else {
        roster.delete(member);
        expected.delete(member);
      }
      expect(new Set(roster.members())).toEqual(expected);
      expect(roster.size()).toBe(expected.size);
    }
  });

  it('takes no notice of what is on it already, or not on it any more', () => {
    const roster = createRoster<Named>();
    const [a, b] = [named('a'), named('b')];
    roster.add(a);
    roster.add(a);
    roster.add(b);
    roster.delete(a);
    roster.delete(a);
    expect(roster.members()).toEqual([b]);
    expect(a.place).toBe(NOWHERE);
  });

  it('may change while its members are looked at', () => {
    const roster = createRoster<Named>();
    for (const name of ['a', 'b', 'c']) roster.add(named(name));
    const seen = roster.members().map((member) => {
      roster.delete(member);
      return member.name;
    });
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(roster.size()).toBe(0);
  });
});
