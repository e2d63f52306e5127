// SPDX-License-Identifier: Apache-2.0
// kubectl's own flags for the cluster and the user, by the names that `kubectl options` lists. The help names them
// in one line: whoever needs one knows it from kubectl.
import { parseDuration } from '../flags/duration.ts';
import type { Flag } from '../flags/flag.ts';
import { listFlag, switchFlag, textFlag } from '../flags/flag-kinds.ts';

/** The verbosity from which kubectl writes its requests to stderr. */
export const REQUEST_VERBOSITY = 6;

/** A number, also as in `-v=6`, which the parser hands on with the equals sign. */
const VERBOSITY: Flag<number> & { readonly default: string } = {
  name: 'v',
  short: 'v',
  hidden: true,
  value: 'level',
  default: '0',
  description: `write each request to stderr from level ${REQUEST_VERBOSITY}`,
  allowed: 'a whole number from 0',
  parse: (text) => (/^=?\d{1,3}$/.test(text) ? Number(text.replace('=', '')) : undefined),
};

/** Milliseconds; 0 for no limit. A number alone is of seconds. */
const REQUEST_TIMEOUT: Flag<number> & { readonly default: string } = {
  name: 'request-timeout',
  hidden: true,
  value: 'duration',
  default: '0',
  description: 'how long to wait for each answer of the API server; 0 for no limit',
  allowed: 'a duration such as 5s or 1m, a number of seconds, or 0',
  parse(text) {
    const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : parseDuration(text);
    return ms !== undefined && ms >= 0 ? ms : undefined;
  },
};

/** The flags. */
export const KUBECTL_FLAGS = {
  as: hiddenText('as', 'name', 'user to impersonate'),
  asGroups: listFlag({
    name: 'as-group',
    hidden: true,
    value: 'name',
    description: 'group to impersonate',
  }),
  asUid: hiddenText('as-uid', 'uid', 'UID to impersonate'),
  asUserExtra: listFlag({
    name: 'as-user-extra',
    hidden: true,
    value: 'key=value',
    description: 'extra value to impersonate',
  }),
  cacheDir: hiddenText('cache-dir', 'directory', 'is passed over: nothing is cached'),
  certificateAuthority: hiddenText('certificate-authority', 'file', 'CA of the API server'),
  clientCertificate: hiddenText('client-certificate', 'file', 'client certificate for TLS'),
  clientKey: hiddenText('client-key', 'file', 'key of the client certificate'),
  cluster: hiddenText('cluster', 'name', 'cluster of the kubeconfig to use'),
  insecureSkipTlsVerify: switchFlag({
    name: 'insecure-skip-tls-verify',
    hidden: true,
    description: "do not check the API server's certificate",
  }),
  requestTimeout: REQUEST_TIMEOUT,
  server: { ...hiddenText('server', 'url', 'address of the API server'), short: 's' },
  tlsServerName: hiddenText('tls-server-name', 'name', "name in the API server's certificate"),
  token: hiddenText('token', 'token', 'bearer token for the API server'),
  user: hiddenText('user', 'name', 'user of the kubeconfig to use'),
  verbosity: VERBOSITY,
} as const;

function hiddenText(name: string, value: string, description: string) {
  return textFlag({
    name,
    hidden: true,
    value,
    description,
    ...(value === 'file' ? ({ completes: 'files' } as const) : {}),
  });
}
