// SPDX-License-Identifier: Apache-2.0
// A value with one thing changed, for each thing that can be changed: for tests that nothing of it is
// left open.

/** One change, and the whole value with it. */
export interface Change {
  /** `[0].rules[1].scope: "Namespaced" becomes "*"`. */
  readonly what: string;
  readonly value: unknown;
}

/**
 * Changes every leaf, adds to every list and to every empty object, and takes away from every list of
 * more than one entry or of objects.
 * @param another what a leaf may be instead, so that the value still is valid; `undefined` for one that
 * is to be left alone.
 */
export function* everyChange(
  value: unknown,
  another: (key: string, leaf: unknown) => unknown,
  key = '',
): Generator<Change> {
  if (Array.isArray(value)) yield* everyChangeOfList(value, another, key);
  else if (isObject(value)) yield* everyChangeOfObject(value, another);
  else {
    const changed = another(key, value);
    if (changed === undefined) return;
    yield { what: `: ${brief(value)} becomes ${brief(changed)}`, value: changed };
  }
}

function* everyChangeOfList(
  list: readonly unknown[],
  another: (key: string, leaf: unknown) => unknown,
  key: string,
): Generator<Change> {
  for (const [i, entry] of list.entries()) {
    for (const { what, value } of everyChange(entry, another, key)) {
      yield { what: `[${i}]${what}`, value: list.with(i, value) };
    }
    if (list.length > 1 || isObject(entry)) {
      yield { what: `[${i}] is missing`, value: list.toSpliced(i, 1) };
    }
  }
  // A changed one: lists may not hold the same entry twice.
  const [more] = everyChange(list.at(-1), another, key);
  if (more !== undefined) yield { what: ': one entry more', value: [...list, more.value] };
}

function* everyChangeOfObject(
  object: Readonly<Record<string, unknown>>,
  another: (key: string, leaf: unknown) => unknown,
): Generator<Change> {
  const entries = Object.entries(object);
  for (const [key, part] of entries) {
    for (const { what, value } of everyChange(part, another, key)) {
      yield { what: `.${key}${what}`, value: { ...object, [key]: value } };
    }
  }
  // The only empty objects here are selectors.
  if (entries.length === 0) {
    yield { what: ': no longer empty', value: { matchLabels: { team: 'blue' } } };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(leaf: unknown): string {
  const text = JSON.stringify(leaf);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
