// SPDX-License-Identifier: Apache-2.0
// Takes out of a log what may be secret. The operator logs no secrets; what others hand to it in their
// messages, or what a crash prints, is not its to choose. Pure.

const LEFT_OUT = '[left out]';

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    LEFT_OUT,
  ],
  // One whose beginning is cut off.
  [/^[^]*?-----END [A-Z0-9 ]*PRIVATE KEY-----/g, LEFT_OUT],
  // PEM in base64, as it stands in the data of a Secret.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g, LEFT_OUT],
  // Tokens of service accounts and of identity providers.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g, LEFT_OUT],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${LEFT_OUT}`],
  [/(:\/\/)[^\s/@"']+@/g, `$1${LEFT_OUT}@`],
  [
    /\b(password|passwd|token|client_?secret|api_?key)(\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;}]+/gi,
    `$1$2${LEFT_OUT}`,
  ],
  // Contents of a credential spec may stand in the message of whoever refuses them.
  [/PluginInput.*$/gim, `PluginInput ${LEFT_OUT}`],
];

/** The log without them. */
export function redactLog(text: string): string {
  return SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
}
