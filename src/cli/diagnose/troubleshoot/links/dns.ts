// SPDX-License-Identifier: Apache-2.0
// Whether domain controllers can be found by DNS, over UDP and over TCP: the answer of a domain with many
// of them does not fit into a datagram. Pure.
import {
  broken,
  type Command,
  holds,
  type Probe,
  type ProbeSubject,
  unknown,
  type Verdict,
} from '../link.ts';

/** By the record that the locator of Windows asks for first (MS-ADTS 6.3.6.1). */
export const DNS_PROBE: Probe = {
  link: 'dns',
  // The dot keeps the search domains of the cluster away.
  commands: ({ domain }) => [srvQuery(domain), srvQuery(domain, '-vc')],
  judge([udp = '', tcp = ''], subject) {
    return (
      complaint(udp, 'UDP', subject) ??
      complaint(tcp, 'TCP', subject) ??
      holds(`domain controllers: ${hostsOf(udp).slice(0, 3).join(', ')}`)
    );
  },
};

function srvQuery(domain: string, ...options: readonly string[]): Command {
  return ['nslookup.exe', ...options, '-type=SRV', `_ldap._tcp.dc._msdcs.${domain}.`];
}

/**
 * What is wrong with an answer of nslookup. "DNS request timed out" at its beginning means little: that is the
 * look-up of the server's own name, which a cluster's DNS rarely knows.
 */
function complaint(
  output: string,
  transport: 'TCP' | 'UDP',
  { domain }: ProbeSubject,
): Verdict | undefined {
  if (hostsOf(output).length > 0) return undefined;
  const [, server = ''] = /^Address:\s*(\S+)/m.exec(output) ?? [];
  const [, said] = /^\*\*\* .*?can't find .*?: (.+?)\s*$/m.exec(output) ?? [];
  if (said?.startsWith('No response') ?? /^\*\*\* Request to .* timed-out/m.test(output)) {
    return broken(`DNS server ${server} does not answer over ${transport}`, 'dns-timed-out');
  }
  // The name is there, without a record of this type: nslookup shows who is responsible for its zone.
  const isBare = said === undefined && /^\s*primary name server\s*=/m.test(output);
  if (said === 'Non-existent domain' || isBare) {
    return broken(
      `DNS server ${server} knows no domain controllers of ${domain}`,
      'dns-no-such-name',
    );
  }
  return said === undefined
    ? unknown(`nslookup says over ${transport} what is not understood`, 'unintelligible', {
        command: srvQuery(domain).join(' '),
      })
    : broken(`DNS server ${server} answers: ${said}`, 'dns-refused');
}

/** Host names, in the order in which they came. */
function hostsOf(output: string): readonly string[] {
  return [...output.matchAll(/^\s*svr hostname\s*=\s*(\S+)/gm)].map(([, host = '']) => host);
}
