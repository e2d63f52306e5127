// SPDX-License-Identifier: Apache-2.0
// Whether the container gets a Kerberos ticket, and as whom. Pure.
import { parseTicket } from '../windows-output/klist.ts';
import { broken, doubtful, holds, type Probe, unknown } from '../link.ts';

/** A ticket for the domain's own service, which every account may have. */
export const KERBEROS_PROBE: Probe = {
  link: 'kerberos',
  commands: () => [['klist.exe', 'get', 'krbtgt']],
  judge([output = ''], { account }) {
    const answer = parseTicket(output);
    switch (answer.type) {
      case 'ticket': {
        const { client = 'an account that it does not tell' } = answer;
        return isOf(client, account)
          ? holds(`a ticket for ${client}`)
          : doubtful(`a ticket for ${client}, and not for ${account}$`, 'user-without-identity');
      }
      case 'failed':
        // STATUS_ACCESS_DENIED: the user may not ask on behalf of the container.
        return answer.code.toLowerCase() === '0xc0000022'
          ? broken(`no ticket: ${answer.code} ${answer.why}`, 'user-without-identity')
          : broken(`no ticket: ${answer.code} ${answer.why}`, 'no-ticket');
      case 'unintelligible':
        return unknown('klist says what is not understood', 'unintelligible', {
          command: 'klist.exe get krbtgt',
        });
    }
  },
};

/** `WebApp1$ @ CONTOSO.COM`. Names of accounts have no case. */
function isOf(client: string, account: string): boolean {
  return client.split(/\s*@/)[0]?.toLowerCase() === `${account}$`.toLowerCase();
}
