// SPDX-License-Identifier: Apache-2.0
// Reading contents that may be anything: a check must give its reasons also where a list is a number.
import { quoted } from './printable.ts';

/** The property of that name, or `undefined` where the value is no object, lacks it or has null there. */
export function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name] ?? undefined;
}

/** The list, or an empty one for everything that is none. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The text, or `undefined` for the empty one and everything that is none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * What a message says after a field's name where the field should hold a certain text: `"abc"` and the
 * complaint, `is missing`, or `is a list, not text`.
 */
export function complaintAbout(value: unknown, complaint: string): string {
  if (value === undefined || value === '') return 'is missing';
  if (typeof value === 'string') return `${quoted(value)} ${complaint}`;
  return `is ${Array.isArray(value) ? 'a list' : `of type ${typeof value}`}, not text`;
}
