// SPDX-License-Identifier: Apache-2.0
// Whether what runs in the container is the account on the network. The account is the container's, as a
// computer: Local System and Network Service go to the network as that, Local Service goes as nobody. Of
// ContainerAdministrator and ContainerUser, which images have where they name no other, Microsoft says
// that one asks for Network Service in their place ("Run a container with a gMSA", "Configure your app to
// use a gMSA"); some have seen them to be the account all the same (microsoft/Windows-Containers 390).
// Pure.
import { quoted } from '../../../../api/printable.ts';
import { broken, doubtful, holds, type LinkFinding, type Verdict } from '../link.ts';

/** Without the domain, in lower case. */
const NETWORK_IDENTITY = new Set(['system', 'localsystem', 'network service', 'networkservice']);
const ANONYMOUS = new Set(['local service', 'localservice', 'anonymous logon', 'guest']);

/** Judges it by what `whoami` printed in the container, else by `runAsUserName`; undefined is not known. */
export function judgeUser(user: string | undefined): Verdict {
  if (user === undefined) {
    return doubtful(`it runs as the user of its image, ${MAY_NOT_BE}`, 'user-without-identity');
  }
  const name = user.trim().split('\\').at(-1)?.toLowerCase() ?? '';
  if (NETWORK_IDENTITY.has(name)) return holds(runsAs(user));
  if (ANONYMOUS.has(name)) {
    return broken(`${runsAs(user)}, which is nobody on the network`, 'user-without-identity');
  }
  return doubtful(`${runsAs(user)}, ${MAY_NOT_BE}`, 'user-without-identity');
}

const MAY_NOT_BE = 'which may not be the account on the network';
const IS = 'which has a ticket of the account; services in it may run as others';

/** A doubt about the user is over once programs that run as this user have a ticket of the account. */
export function settled(findings: readonly LinkFinding[]): readonly LinkFinding[] {
  const hasTicket = findings.some(
    ({ link, outcome }) => link === 'kerberos' && outcome === 'holds',
  );
  if (!hasTicket) return findings;
  return findings.map((finding) =>
    finding.link === 'user' && finding.outcome === 'doubtful'
      ? { link: 'user', ...holds(finding.detail.replace(MAY_NOT_BE, IS)) }
      : finding,
  );
}

function runsAs(user: string): string {
  return `it runs as ${quoted(user.trim())}`;
}
