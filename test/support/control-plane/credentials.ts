// SPDX-License-Identifier: Apache-2.0
// The credentials of a new control plane. The API server makes its serving certificate itself; the
// rest, the administrators' tokens and the key pair for service account tokens, is made here.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** File names, relative to the control plane's directory. */
export const CREDENTIAL_FILES = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-account.key',
  serviceAccountPublicKey: 'service-account.pub',
  /** Where the API server puts `apiserver.crt` and finds it again when it is restarted. */
  servingCertificates: 'serving-certificates',
  /** The CA of that certificate alone: what pods get to trust. */
  servingCa: 'ca.crt',
} as const;

/** Makes the credentials in `directory` and returns the administrator's bearer token. */
export async function makeCredentials(directory: string): Promise<string> {
  const token = randomBytes(24).toString('hex');
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const write = (name: string, contents: string): Promise<void> =>
    writeFile(join(directory, name), contents, { mode: 0o600 });
  await write(CREDENTIAL_FILES.tokens, `${token},admin,admin,"system:masters"\n`);
  await write(CREDENTIAL_FILES.serviceAccountKey, keys.privateKey);
  await write(CREDENTIAL_FILES.serviceAccountPublicKey, keys.publicKey);
  return token;
}

/**
 * The PEM of the CA behind the API server's serving certificate: the last one in the chain that
 * it wrote. `undefined` as long as it has not written it.
 */
export async function readServingCa(directory: string): Promise<string | undefined> {
  const file = join(directory, CREDENTIAL_FILES.servingCertificates, 'apiserver.crt');
  const chain = await readFile(file, 'utf8').catch(() => '');
  return chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g)?.at(1);
}
