// SPDX-License-Identifier: Apache-2.0
// What admission warns of, in words. The important ones come first: the end of a long warning is cut off.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from '../../api/credspec.ts';
import { listed, quoted } from '../../api/printable.ts';
import { quotedName, shownName } from './shown.ts';

/** A pod gets contents with which something is wrong; `problem` says what. */
export function contentsProblem(credspecName: string, problem: string): string {
  return `GMSA cred spec ${quotedName(credspecName)}: ${problem}`;
}

/** Allowed, and rarely meant: it is the service account of everyone in the namespace who names none. */
export function defaultServiceAccount(credspecName: string, namespace: string): string {
  return `service account "default" uses GMSA cred spec ${quotedName(credspecName)}: so can every pod of namespace ${shownName(namespace)} that names no service account; give these pods one of their own`;
}

/** An annotation of a pod is neither on nor off. */
export function ignoredSwitch(annotation: string, value: string): string {
  return `annotation ${annotation}: ${quoted(value)} is ignored, and the default holds: write "true" or "false"`;
}

/** The random host name that an annotation asks for is not added; `why` is a sentence without full stop. */
export function noRandomHostname(annotation: string, why: string): string {
  return `annotation ${annotation} has no effect: ${why}`;
}

/** A pod with a GMSA is for another operating system; `field` says so. */
export function notForWindows(field: string, os: string): string {
  return `${field} is ${quoted(os)}, and only Windows containers run under a GMSA: write "windows" there, or leave gmsaCredentialSpecName out`;
}

/** An annotation that named the GMSA before Kubernetes 1.16. */
export function alphaAnnotation(annotation: string): string {
  return `annotation ${quoted(annotation)} has no effect since Kubernetes 1.16: set securityContext.windowsOptions.gmsaCredentialSpecName in its place`;
}

/** The hook that an annotation asks for is not added to these containers. */
export function noHookInHostProcess(annotation: string, containers: readonly string[]): string {
  return `no repair hook in HostProcess container ${listed(containers.map(quotedName))}, where it would restart the netlogon service of the node: annotation ${annotation} has no effect there`;
}

/** An entry of a credspec's annotation is invalid; `reason` continues the sentence "entry … ". */
export function invalidEntry(entry: string, reason: string): string {
  return `entry "${entry}" ${reason}; it grants nothing (annotation ${ALLOWED_SERVICE_ACCOUNTS_ANNOTATION})`;
}

/** So many more entries are invalid. */
export function moreInvalidEntries(count: number): string {
  return count === 1
    ? 'and 1 more entry grants nothing'
    : `and ${count} more entries grant nothing`;
}

/** An entry waits for its namespace. */
export function namespaceMissing(namespace: string, serviceAccount: string): string {
  return `entry "${namespace}/${shownName(serviceAccount)}": there is no namespace ${namespace}, so it grants nothing until there is; create the namespace, or correct the entry`;
}

/** So many more warnings are not told: two or more, for one would have its own line. */
export function moreWarnings(count: number): string {
  return `and ${count} more warnings`;
}
