// SPDX-License-Identifier: Apache-2.0
// Whether the container gets a Kerberos ticket, and as whom. Pure.
import { broken, doubtful, holds, type Probe, unknown } from '../link.ts';

/** A ticket for the domain's own service, which every account may have. */
export const KERBEROS_PROBE: Probe = {
  link: 'kerberos',
  commands: () => [['klist.exe', 'get', 'krbtgt']],
  judge([output = ''], { account }) {
    const [, code, why = ''] = FAILED.exec(output) ?? [];
    if (code !== undefined) {
      // STATUS_ACCESS_DENIED: the user may not ask on behalf of the container.
      const isDenied = code.toLowerCase() === '0xc0000022';
      const remedy = isDenied ? 'user-without-identity' : 'no-ticket';
      return broken(`no ticket: ${code} ${why === '' ? code : why}`, remedy);
    }
    if (!output.includes('has been retrieved successfully')) {
      return unknown('klist says what is not understood', 'unintelligible', {
        command: 'klist.exe get krbtgt',
      });
    }
    const [, client = 'an account that it does not tell'] = CLIENT.exec(output) ?? [];
    return isOf(client, account)
      ? holds(`a ticket for ${client}`)
      : doubtful(`a ticket for ${client}, and not for ${account}$`, 'user-without-identity');
  },
};

const FAILED = /^\s*klist failed with (0x[0-9a-f]+)\S*\s*(.*?)\s*$/im;
const CLIENT = /\bClient:\s*(.+?)\s*$/m;

/** `WebApp1$ @ CONTOSO.COM`. Names of accounts have no case. */
function isOf(client: string, account: string): boolean {
  return client.split(/\s*@/)[0]?.toLowerCase() === `${account}$`.toLowerCase();
}
