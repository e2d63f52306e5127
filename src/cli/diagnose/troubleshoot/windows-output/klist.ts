// SPDX-License-Identifier: Apache-2.0
// What `klist get krbtgt` says: whether a Kerberos ticket was had, and as whom. Pure.

/** What came of the request for a ticket. */
export type TicketAnswer =
  | {
      readonly type: 'ticket';
      /** Who it was given to: `WebApp01$ @ CONTOSO.COM`. */
      readonly client: string | undefined;
    }
  | { readonly type: 'failed'; readonly code: string; readonly why: string }
  | { readonly type: 'unintelligible' };

/** Reads the output. */
export function parseTicket(output: string): TicketAnswer {
  const [, code, why] = /^\s*klist failed with (0x[0-9a-f]+)\S*\s*(.*?)\s*$/im.exec(output) ?? [];
  if (code !== undefined) return { type: 'failed', code, why: why === '' ? code : (why ?? code) };
  if (!output.includes('has been retrieved successfully')) return { type: 'unintelligible' };
  const [, client] = /\bClient:\s*(.+?)\s*$/m.exec(output) ?? [];
  return { type: 'ticket', client };
}
