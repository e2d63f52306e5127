// SPDX-License-Identifier: Apache-2.0
// What the nslookup of Windows says. "DNS request timed out" at its beginning means little: that is the
// look-up of the server's own name, which a cluster's DNS rarely knows. Pure.

/** What came of a query for SRV records. */
export type SrvAnswer =
  /** Host names, in the order in which they came. */
  | { readonly type: 'records'; readonly hosts: readonly string[] }
  /** The server says that there is no such name, or no such record of it. */
  | { readonly type: 'no-such-name'; readonly server: string }
  /** Nobody answers, over this transport. */
  | { readonly type: 'timed-out'; readonly server: string }
  /** The server answers that it cannot or will not: `Server failed`, `Query refused`. */
  | { readonly type: 'refused'; readonly server: string; readonly why: string }
  | { readonly type: 'unintelligible' };

/** Reads the answer to `nslookup -type=SRV …`. */
export function parseSrvAnswer(output: string): SrvAnswer {
  const hosts = [...output.matchAll(/^\s*svr hostname\s*=\s*(\S+)/gm)].map(([, host = '']) => host);
  if (hosts.length > 0) return { type: 'records', hosts };
  const [, server = ''] = /^Address:\s*(\S+)/m.exec(output) ?? [];
  const [, complaint] = /^\*\*\* .*?can't find .*?: (.+?)\s*$/m.exec(output) ?? [];
  if (complaint !== undefined) {
    return complaint === 'Non-existent domain'
      ? { type: 'no-such-name', server }
      : complaint.startsWith('No response')
        ? { type: 'timed-out', server }
        : { type: 'refused', server, why: complaint };
  }
  if (/^\*\*\* Request to .* timed-out/m.test(output)) return { type: 'timed-out', server };
  // The name is there, without a record of this type: nslookup shows who is responsible for its zone.
  if (/^\s*primary name server\s*=/m.test(output)) return { type: 'no-such-name', server };
  return { type: 'unintelligible' };
}
