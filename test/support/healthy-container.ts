// SPDX-License-Identifier: Apache-2.0
// A container in which everything is in order, as it was recorded of real ones.
import { readFileSync } from 'node:fs';
import type { Play } from './windows-kubelet.ts';

const FIXTURES = new URL('./fixtures/windows-output/', import.meta.url);

/** What was recorded; its README says where from. */
export const recorded = (name: string): string =>
  readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8');

/** The same, as if it had been recorded of WebApp1 in contoso.com. */
const ofWebApp1 = (name: string): string =>
  recorded(name)
    .replaceAll('WebApp01', 'WebApp1')
    .replaceAll('GMSAPING.COM', 'CONTOSO.COM')
    .replaceAll('contoso.local', 'contoso.com');

const SRV = '-type=SRV _ldap._tcp.dc._msdcs.contoso.com.';

/** What its programs print. */
export const HEALTHY: Play = {
  'whoami.exe': 'user manager\\containeradministrator\r\n',
  [`nslookup.exe ${SRV}`]: ofWebApp1('nslookup-srv-records'),
  [`nslookup.exe -vc ${SRV}`]: ofWebApp1('nslookup-srv-records'),
  'nltest.exe /dsgetdc:contoso.com /force': ofWebApp1('nltest-dsgetdc-found'),
  'nltest.exe /parentdomain': ofWebApp1('nltest-parentdomain-domain'),
  'nltest.exe /query': ofWebApp1('nltest-query-success'),
  'nltest.exe /sc_verify:contoso.com': ofWebApp1('nltest-sc-verify-success'),
  'klist.exe get krbtgt': ofWebApp1('klist-ticket'),
};
