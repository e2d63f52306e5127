// SPDX-License-Identifier: Apache-2.0
// What the Container Credential Guard (CCG) of Windows writes into the log of a node whose credential spec
// names a plug-in, as Microsoft explains it ("Troubleshoot gMSAs for Windows containers"). The plugin prints
// it, and docs/troubleshooting.md has it from here.

/** The log, as Get-WinEvent takes it. */
export const CCG_LOG = 'Microsoft-Windows-Containers-CCG/Admin';

/** What prints its latest events. */
export const READ_CCG_LOG = `Get-WinEvent -LogName ${CCG_LOG} -MaxEvents 20`;

/** An event. */
export interface CcgEvent {
  readonly id: number;
  readonly says: string;
  /** With the places of remedies. */
  readonly remedy: string;
}

/** Those that Microsoft lists; there is no event 5. */
export const CCG_EVENTS: readonly CcgEvent[] = [
  { id: 1, says: 'the plug-in was started', remedy: 'nothing' },
  { id: 2, says: 'the credentials of the account were fetched', remedy: 'nothing' },
  {
    id: 3,
    says: 'the credential spec cannot be understood',
    remedy: 'kubectl gmsa lint <credspec>, correct it, and make the pod again',
  },
  {
    id: 4,
    says: 'the plug-in cannot be started',
    remedy: 'install it on the node, and compare PluginGUID with its documentation',
  },
  {
    id: 6,
    says: 'the plug-in gives no credentials',
    remedy:
      'compare PluginInput with its documentation; let the node read the place where the credentials are',
  },
  { id: 7, says: 'the password has expired, and is fetched anew', remedy: 'nothing' },
  {
    id: 8,
    says: "the plug-in's credentials do not open the account",
    remedy:
      'let their user read the password (PrincipalsAllowedToRetrieveManagedPassword of the account)',
  },
  {
    id: 9,
    says: 'PluginGUID is no GUID',
    remedy: 'correct it in the credential spec, and make the pod again',
  },
];
