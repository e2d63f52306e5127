// SPDX-License-Identifier: Apache-2.0
// Whether domain controllers can be found by DNS, over UDP and over TCP: the answer of a domain with many
// of them does not fit into a datagram. Pure.
import { parseSrvAnswer, type SrvAnswer } from '../windows-output/nslookup.ts';
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
  judge(outputs, subject) {
    const [udp, tcp] = outputs.map(parseSrvAnswer);
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

function complaint(
  answer: SrvAnswer | undefined,
  transport: 'TCP' | 'UDP',
  { domain }: ProbeSubject,
): Verdict | undefined {
  switch (answer?.type) {
    case 'records':
      return undefined;
    case 'no-such-name':
      return broken(
        `DNS server ${answer.server} knows no domain controllers of ${domain}`,
        'dns-no-such-name',
      );
    case 'timed-out':
      return broken(
        `DNS server ${answer.server} does not answer over ${transport}`,
        'dns-timed-out',
      );
    case 'refused':
      return broken(`DNS server ${answer.server} answers: ${answer.why}`, 'dns-refused');
    case 'unintelligible':
    case undefined:
      return unknown(`nslookup says over ${transport} what is not understood`, 'unintelligible', {
        command: srvQuery(domain).join(' '),
      });
  }
}

function hostsOf(answer: SrvAnswer | undefined): readonly string[] {
  return answer?.type === 'records' ? answer.hosts : [];
}
