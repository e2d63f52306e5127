// SPDX-License-Identifier: Apache-2.0
// How Windows writes GUIDs, and the DNS names of its domains.
import { quoted } from './printable.ts';

const DIGITS = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const GUID = new RegExp(`^(?:${DIGITS}|\\{${DIGITS}\\})$`, 'i');

/** Whether this is a GUID as Windows tools print it: with its dashes, with or without braces, in either case. */
export function isGuid(value: string): boolean {
  return GUID.test(value);
}

/** A GUID as class IDs of COM are written: in braces. */
export function bracedGuid(guid: string): string {
  return guid.startsWith('{') ? guid : `{${guid}}`;
}

/** Longest label and longest name, in bytes of UTF-8 (RFC 1035; Windows counts UTF-8). */
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;

/**
 * What makes this text look wrong as the DNS name of a domain, continuing a sentence, or `undefined`. More
 * liberal than host names are: domains may have one label, underscores and non-ASCII letters.
 */
export function dnsNameProblem(name: string): string | undefined {
  // The length comes first: it keeps hostile input away from what follows.
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`;
  if (/(?:^|,)\s*DC\s*=/i.test(name)) return 'is a distinguished name, not a DNS name';
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)) return 'is an IP address, not a DNS name';
  const [wrong] = /[^\p{L}\p{M}\p{N}._-]/u.exec(name) ?? [];
  if (wrong !== undefined) return `contains ${quoted(wrong)}, which no DNS name does`;
  const labels = name.split('.');
  if (labels.includes('')) {
    return 'has an empty part (a dot at the beginning or end, or two in a row)';
  }
  const bad = labels.find((label) => label.startsWith('-') || label.endsWith('-'));
  if (bad !== undefined) return `has the part ${quoted(bad)}, which begins or ends with "-"`;
  const long = labels.find((label) => Buffer.byteLength(label) > MAX_LABEL_BYTES);
  return long === undefined ? undefined : `has a part of more than ${MAX_LABEL_BYTES} bytes`;
}
