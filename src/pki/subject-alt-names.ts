// SPDX-License-Identifier: Apache-2.0
// Node shows a certificate's subject alternative names (RFC 5280, 4.2.1.6) as one line of text; this
// takes it apart.

/** The names by which a server can be called. */
export interface SubjectAltNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** A value with a comma or another character that could mislead is a JSON string. */
const NAME = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

/** Parses `X509Certificate.subjectAltName`; names of other kinds are passed over. */
export function parseSubjectAltNames(text: string | undefined): SubjectAltNames {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  for (const [, kind, value = ''] of (text ?? '').matchAll(NAME)) {
    if (kind === 'DNS') dnsNames.push(unquoted(value));
    else if (kind === 'IP Address') ipAddresses.push(value);
  }
  return { dnsNames, ipAddresses };
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
