// SPDX-License-Identifier: Apache-2.0
// What nltest says. It prints "The command completed successfully" below a status that says that nothing
// works (`/query` with 1311), and its exit code is no better: the statuses are what counts. Pure.

/** A status as nltest prints it: a Win32 error code with its name. */
export interface NltestStatus {
  /** What it is the status of: `Trust Verification`, `I_NetLogonControl`. */
  readonly of: string;
  readonly code: number;
  /** `NERR_Success`, `ERROR_NO_LOGON_SERVERS`; the code where nltest gives no name. */
  readonly name: string;
}

/** What `/query`, `/sc_verify:DOMAIN` and `/sc_reset:DOMAIN` say of the secure channel. */
export type SecureChannel =
  | { readonly type: 'up'; readonly domainController: string | undefined }
  /** The first status that is not 0. */
  | { readonly type: 'down'; readonly status: NltestStatus }
  | Unintelligible;

/** What `/dsgetdc:DOMAIN` says. */
export type FoundDomainController =
  | { readonly type: 'found'; readonly name: string; readonly address: string | undefined }
  | { readonly type: 'failed'; readonly status: NltestStatus }
  | Unintelligible;

/** An output that is none of the program's, as far as we know it. */
export interface Unintelligible {
  readonly type: 'unintelligible';
}

/** What `of` is where not the channel failed but the call to netlogon (MS-NRPC 3.5.4.9.1). */
export const CONTROL_CALL = 'I_NetLogonControl';

/** Win32 error codes that decisions are made on (winerror.h). */
export const WIN32 = {
  accessDenied: 5,
  rpcServerUnavailable: 1722,
  noTrustLsaSecret: 1786,
  noTrustSamAccount: 1787,
  trustedDomainFailure: 1788,
  trustedRelationshipFailure: 1789,
} as const;

/** The first status that is not 0, in whatever nltest printed. */
export function failureOf(output: string): NltestStatus | undefined {
  return statusesOf(output).find(({ code }) => code !== 0);
}

/** Reads `/query`, `/sc_verify` and `/sc_reset`. */
export function parseSecureChannel(output: string): SecureChannel {
  if (statusesOf(output).length === 0) return { type: 'unintelligible' };
  const failed = failureOf(output);
  if (failed !== undefined) return { type: 'down', status: failed };
  const [, domainController] = /^Trusted DC Name[ \t]+(?:\\\\)?(\S+)/m.exec(output) ?? [];
  return { type: 'up', domainController };
}

/** Reads `/dsgetdc`. */
export function parseDomainController(output: string): FoundDomainController {
  const failed = failureOf(output);
  if (failed !== undefined) return { type: 'failed', status: failed };
  const [, name] = /^\s*DC: (?:\\\\)?(\S+)/m.exec(output) ?? [];
  if (name === undefined) return { type: 'unintelligible' };
  const [, address] = /^\s*Address: (?:\\\\)?(\S+)/m.exec(output) ?? [];
  return { type: 'found', name, address };
}

const STATUS_LINE = /^(.*?)\s*(?:failed:\s*)?\bStatus = (\d+)(?:\s+0x[0-9a-f]+)?(?:\s+(\w+))?\s*$/i;

function statusesOf(output: string): readonly NltestStatus[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const [, of, code, name] = STATUS_LINE.exec(line) ?? [];
    if (of === undefined || code === undefined) return [];
    // "Trusted DC Connection Status Status = 1311 …"
    return [{ of: of.replace(/ Status$/, ''), code: Number(code), name: name ?? code }];
  });
}
