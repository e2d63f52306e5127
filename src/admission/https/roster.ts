// SPDX-License-Identifier: Apache-2.0
// Those that are under way at a moment, where thousands come and go in a second. A `Set` would keep the dead
// alive: it moves to a new table every few changes, and the old one leads to the new one. Once the garbage
// collector has taken one of the tables for old, all that come after it, with whatever their members hold, are
// old as well until all garbage is collected: two fifths of what a busy server allocated.

/** Whoever can be on a roster, one at a time. */
export interface RosterMember {
  /** Where it stands; {@link NOWHERE} while it is on none. For the roster alone to write. */
  place: number;
}

/** The place of a member that is on no roster. */
export const NOWHERE = -1;

/** Members in no order. */
export interface Roster<T extends RosterMember> {
  readonly size: () => number;
  /** Puts it on, if it is not. */
  add(member: T): void;
  /** Takes it off, if it is on. */
  delete(member: T): void;
  /** Those that are on it now; it may change while they are looked at. */
  members(): readonly T[];
}

/** An empty one. */
export function createRoster<T extends RosterMember>(): Roster<T> {
  const all: T[] = [];
  return {
    size: () => all.length,
    add: (member) => {
      if (member.place !== NOWHERE) return;
      member.place = all.length;
      all.push(member);
    },
    delete: (member) => {
      const { place } = member;
      if (place === NOWHERE) return;
      member.place = NOWHERE;
      const last = all.pop();
      if (last === undefined || last === member) return;
      last.place = place;
      all[place] = last;
    },
    members: () => [...all],
  };
}
