// SPDX-License-Identifier: Apache-2.0
// Whether the container has logged on to a domain controller as the account. Pure.
import {
  CONTROL_CALL,
  failureOf,
  type NltestStatus,
  parseSecureChannel,
  WIN32,
} from '../windows-output/nltest.ts';
import { broken, type Command, holds, type Probe, unknown, type Verdict } from '../link.ts';
import type { RemedyName } from '../remedies.ts';

/** By status codes; "completed successfully" is printed below failures, too. */
export const SECURE_CHANNEL_PROBE: Probe = {
  link: 'secure-channel',
  commands: ({ domain }) => [
    ['nltest.exe', '/parentdomain'],
    ['nltest.exe', '/query'],
    ['nltest.exe', `/sc_verify:${domain}`],
  ],
  judge([parentOutput = '', queryOutput = '', verifyOutput = '']) {
    const failure = failureOf(parentOutput);
    if (failure?.code === WIN32.rpcServerUnavailable) {
      return broken(`netlogon does not run: ${inWords(failure)}`, 'netlogon-does-not-run');
    }
    const query = parseSecureChannel(queryOutput);
    if (query.type === 'down' && !isAboutCaller(query.status)) return down(query.status);
    const verify = parseSecureChannel(verifyOutput);
    switch (verify.type) {
      case 'up':
        return holds(`up, with ${verify.domainController ?? 'a domain controller'}`);
      case 'down':
        return isAboutCaller(verify.status) ? notVerified(verify.status) : down(verify.status);
      case 'unintelligible':
        if (query.type === 'down') return notVerified(query.status);
        return query.type === 'up'
          ? holds('up')
          : unknown('nltest /query says what is not understood', 'unintelligible', {
              command: 'nltest.exe /query',
            });
    }
  },
};

/** What resets the channel. */
export function resetCommand(domain: string): Command {
  return ['nltest.exe', `/sc_reset:${domain}`];
}

/** Judges what it printed. */
export function judgeReset(output: string): Verdict {
  const channel = parseSecureChannel(output);
  switch (channel.type) {
    case 'up':
      return holds(`reset, with ${channel.domainController ?? 'a domain controller'}`);
    case 'down':
      return broken(`the reset failed: ${inWords(channel.status)}`, 'repair-did-not-help');
    case 'unintelligible':
      return broken('the reset says what is not understood', 'repair-did-not-help');
  }
}

/**
 * Whether netlogon refused whoever asked, so that the status tells nothing of the channel. "Access denied" as
 * the status of the connection is another thing: the domain controller refused the account (Microsoft, "Broken
 * trust relationship between domain joined device and its domain").
 */
function isAboutCaller({ of, code }: NltestStatus): boolean {
  return code === WIN32.accessDenied && of === CONTROL_CALL;
}

function notVerified(status: NltestStatus): Verdict {
  return unknown(`not verified: ${inWords(status)}`, 'channel-needs-administrator');
}

function down(status: NltestStatus): Verdict {
  return broken(`down: ${inWords(status)}`, remedyFor(status.code));
}

function remedyFor(code: number): RemedyName {
  switch (code) {
    case WIN32.noTrustSamAccount:
    case WIN32.noTrustLsaSecret:
      return 'account-unknown';
    case WIN32.trustedDomainFailure:
    case WIN32.trustedRelationshipFailure:
      return 'trust-lost';
    default:
      return 'channel-down';
  }
}

function inWords({ of, code, name }: NltestStatus): string {
  return `${of} ${code} ${name}`;
}
