// SPDX-License-Identifier: Apache-2.0
// Whether one of the domain controllers answers: the locator of Windows asks them over LDAP. Pure.
import { parseDomainController, WIN32 } from '../windows-output/nltest.ts';
import { broken, holds, type Probe, unknown } from '../link.ts';

/** `/force` goes by no earlier answer. */
export const DOMAIN_CONTROLLER_PROBE: Probe = {
  link: 'domain-controller',
  commands: ({ domain }) => [['nltest.exe', `/dsgetdc:${domain}`, '/force']],
  judge([output = ''], { domain }) {
    const answer = parseDomainController(output);
    switch (answer.type) {
      case 'found':
        return holds(`${answer.name} at ${answer.address ?? 'an address that it does not tell'}`);
      case 'failed':
        // The locator asks the netlogon service of the container: the next link tells of that.
        return answer.status.code === WIN32.rpcServerUnavailable
          ? unknown('cannot be told: netlogon does not run', 'netlogon-does-not-run')
          : broken(
              `no domain controller of ${domain} answers: ${answer.status.code} ${answer.status.name}`,
              'no-domain-controller',
            );
      case 'unintelligible':
        return unknown('nltest /dsgetdc says what is not understood', 'unintelligible', {
          command: `nltest.exe /dsgetdc:${domain} /force`,
        });
    }
  },
};
