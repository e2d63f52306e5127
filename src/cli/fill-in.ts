// SPDX-License-Identifier: Apache-2.0
// Commands and remedies that are printed for copying: texts with places to fill in, `<credspec>`, so that the
// documentation shows the same texts. This is the only way in which a command gets a value; lint holds that.
// Values come from the cluster, where others write them (anybody may create an Event), and somebody pastes the
// command into a shell: only a value that passes the check of its place is filled in. Pure.
import { dnsNameProblem } from '../api/domain-values.ts';
import { isDns1123Label, isDns1123Subdomain } from '../api/kubernetes-names.ts';

/** The places, each with the check of its values: Kubernetes' own, or for other values one that no shell minds. */
const PLACES = {
  account: (value) => /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(value),
  command: (value) => value.split(' ').every(isPlainWord),
  configuration: isKindAndName,
  container: isDns1123Label,
  credspec: isDns1123Subdomain,
  deployment: isDns1123Subdomain,
  domain: (value) => dnsNameProblem(value) === undefined,
  file: (value) => !value.startsWith('-') && /^[\p{L}\p{N}._~+@:/\\-]+$/u.test(value),
  namespace: isDns1123Label,
  node: isDns1123Subdomain,
  owner: isKindAndName,
  pod: isDns1123Subdomain,
  program: (value) => /^[a-z]+\.exe$/.test(value),
  release: isDns1123Subdomain,
  replicas: (value) => /^\d{1,9}$/.test(value),
  resource: (value) => /^[a-z]+$/.test(value),
  secret: isDns1123Subdomain,
  'service-account': isDns1123Subdomain,
  version: (value) => /^v?\d[a-z0-9.+-]{0,63}$/i.test(value),
  workload: isKindAndName,
} as const satisfies Readonly<Record<string, (value: string) => boolean>>;

/** A place that can be filled in, without its angle brackets. */
export type Place = keyof typeof PLACES;

/** What is known, by place. Values are unchecked. */
export type PlaceValues = Readonly<Partial<Record<Place, string | undefined>>>;

/**
 * The text with what is known filled in. A place stays as it is, for the reader to fill in, if nothing is known
 * for it, or if the value fails the check of the place.
 */
export function fillIn(text: string, values: PlaceValues): string {
  return text.replaceAll(/<([a-z-]+)>/g, (written, word: string) => {
    if (!isPlace(word)) return written;
    const value = values[word];
    return value !== undefined && PLACES[word](value) ? value : written;
  });
}

/** Whether {@link fillIn} knows a word between angle brackets. */
export function isPlace(word: string): word is Place {
  return Object.hasOwn(PLACES, word);
}

/** `replicaset/webapp1-6d4cf56db6`, as kubectl takes it: kinds hold letters alone. */
function isKindAndName(value: string): boolean {
  const [kind = '', name = '', ...rest] = value.split('/');
  return rest.length === 0 && /^[a-z]{1,63}$/i.test(kind) && isDns1123Subdomain(name);
}

/** A word of a Windows command that the plugin has composed with the name of a domain. */
function isPlainWord(word: string): boolean {
  return /^[\p{L}\p{M}\p{N}._:=/-]+$/u.test(word);
}
