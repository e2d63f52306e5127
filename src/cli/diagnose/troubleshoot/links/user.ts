// SPDX-License-Identifier: Apache-2.0
// Whether what runs in the container is the account on the network. The account is the container's, as a
// computer: Local System and Network Service go to the network as that, Local Service goes as nobody
// (Microsoft, "Configure your app to use a gMSA"). Pure.
import { quoted } from '../../../../api/printable.ts';
import { broken, doubtful, holds, type Verdict } from '../link.ts';

/** Without the domain, in lower case. */
const NETWORK_IDENTITY = new Set(['system', 'localsystem', 'network service', 'networkservice']);
const ANONYMOUS = new Set(['local service', 'localservice', 'anonymous logon', 'guest']);

/**
 * Judges it by what `whoami` printed in the container, else by `runAsUserName`; undefined is not known.
 * ContainerAdministrator, the default of most images, gets tickets of the account in practice.
 */
export function judgeUser(user: string | undefined): Verdict {
  if (user === undefined)
    return holds('nothing says that it runs as another user than its image has');
  const name = user.trim().split('\\').at(-1)?.toLowerCase() ?? '';
  if (NETWORK_IDENTITY.has(name)) return holds(`it runs as ${quoted(user.trim())}`);
  if (ANONYMOUS.has(name)) {
    return broken(
      `it runs as ${quoted(user.trim())}, which is nobody on the network`,
      'user-without-identity',
    );
  }
  if (name === 'containeradministrator') {
    return holds(`it runs as ${quoted(user.trim())}; services in it may run as others`);
  }
  return doubtful(
    `it runs as ${quoted(user.trim())}, which may not be the account on the network`,
    'user-without-identity',
  );
}
