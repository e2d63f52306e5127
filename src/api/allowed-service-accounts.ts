// SPDX-License-Identifier: Apache-2.0
// The annotation that says which service accounts may use a credspec: its grammar, what a value grants,
// and what is wrong with the entries that grant nothing.
import { createHash } from 'node:crypto';
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION } from './credspec.ts';
import * as entryProblems from './entry-problems.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  MAX_DNS1123_LABEL_LENGTH,
  MAX_DNS1123_SUBDOMAIN_LENGTH,
} from './kubernetes-names.ts';
import { printable } from './printable.ts';

/** Invalid entries that are told one by one; a value can hold 100,000 of them. */
export const MAX_REPORTED_PROBLEMS = 10;

/** What is granted in one namespace. */
export interface NamespaceGrant {
  readonly namespace: string;
  /** The service accounts that entries name, sorted, each once; may be empty. */
  readonly serviceAccounts: readonly string[];
  /** Whether an entry `namespace/*` allows every service account of the namespace. */
  readonly allServiceAccounts: boolean;
}

/** An entry that grants nothing. */
export interface EntryProblem {
  /** The entry, shortened and escaped for messages. */
  readonly entry: string;
  /** Continues the sentence "entry … ". */
  readonly reason: string;
}

/** What an annotation's value says. */
export interface AllowedServiceAccounts {
  /** Sorted by namespace. */
  readonly grants: readonly NamespaceGrant[];
  /** The first {@link MAX_REPORTED_PROBLEMS} different invalid entries, in the order of the value. */
  readonly problems: readonly EntryProblem[];
  /** Different invalid entries beyond those in `problems`. */
  readonly unreportedProblems: number;
  /** Different valid entries for `status.allowedSummary`: `0`, `3`, `3 + 1 namespace`, `2 namespaces`. */
  readonly summary: string;
}

/**
 * Reads the annotation's value. Entries are separated by commas and white space; `namespace/name` grants
 * to a service account, `namespace/*` to all of a namespace, anything else grants nothing and is a
 * problem. Valid entries stand whatever else the value holds. Takes time linear in the value's length.
 */
export function parseAllowedServiceAccounts(value: string | undefined): AllowedServiceAccounts {
  const entries = new Set((value ?? '').split(/[\s,]+/).filter((entry) => entry !== ''));
  const namespaces = new Map<string, MutableGrant>();
  const problems: EntryProblem[] = [];
  let invalid = 0;
  for (const entry of entries) {
    const parsed = parseEntry(entry);
    if ('reason' in parsed) {
      invalid += 1;
      if (invalid <= MAX_REPORTED_PROBLEMS) {
        problems.push({ entry: printable(entry), reason: parsed.reason });
      }
      continue;
    }
    const grant = namespaces.get(parsed.namespace) ?? { names: [], all: false };
    namespaces.set(parsed.namespace, grant);
    if (parsed.name === EVERY_SERVICE_ACCOUNT) grant.all = true;
    else grant.names.push(parsed.name);
  }
  return {
    grants: [...namespaces]
      .map(([namespace, { names, all }]) => ({
        namespace,
        serviceAccounts: names.sort(),
        allServiceAccounts: all,
      }))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1)),
    problems,
    unreportedProblems: invalid - problems.length,
    summary: summarize([...namespaces.values()]),
  };
}

/**
 * The invalid entries as one message for a condition or an Event, or `undefined` where there are none.
 */
export function invalidEntriesMessage({
  problems,
  unreportedProblems,
}: AllowedServiceAccounts): string | undefined {
  if (problems.length === 0) return undefined;
  const told = problems.map(({ entry, reason }) => `entry "${entry}" ${reason}`);
  if (unreportedProblems > 0) {
    told.push(
      `and ${unreportedProblems} more invalid ${unreportedProblems === 1 ? 'entry' : 'entries'}`,
    );
  }
  return `Annotation ${ALLOWED_SERVICE_ACCOUNTS_ANNOTATION}: ${told.join('; ')}. Valid entries are in force.`;
}

/** SHA-256 of the annotation's value (of the empty string where there is none), in hex. */
export function allowedAnnotationHash(value: string | undefined): string {
  return createHash('sha256')
    .update(value ?? '', 'utf8')
    .digest('hex');
}

interface MutableGrant {
  readonly names: string[];
  all: boolean;
}

const EVERY_SERVICE_ACCOUNT = '*';

type ParsedEntry =
  { readonly namespace: string; readonly name: string } | { readonly reason: string };

function parseEntry(entry: string): ParsedEntry {
  const [namespace = '', name, ...rest] = entry.split('/', 3);
  if (name === undefined) return { reason: entryProblems.withoutNamespace() };
  if (rest.length > 0) return { reason: entryProblems.severalSlashes() };
  const reason = namespaceProblem(namespace) ?? nameProblem(name, namespace);
  return reason === undefined ? { namespace, name } : { reason };
}

function namespaceProblem(namespace: string): string | undefined {
  if (namespace === '') return entryProblems.emptyNamespace();
  if (namespace.includes('*')) return entryProblems.namespacePattern();
  if (isDns1123Label(namespace)) return undefined;
  return namespace.length > MAX_DNS1123_LABEL_LENGTH
    ? entryProblems.longNamespace(namespace.length)
    : entryProblems.invalidNamespace();
}

function nameProblem(name: string, namespace: string): string | undefined {
  if (name === '') return entryProblems.emptyName(namespace);
  if (name === EVERY_SERVICE_ACCOUNT || isDns1123Subdomain(name)) return undefined;
  if (name.includes('*')) return entryProblems.namePattern(namespace);
  return name.length > MAX_DNS1123_SUBDOMAIN_LENGTH
    ? entryProblems.longName(name.length)
    : entryProblems.invalidName();
}

function summarize(grants: readonly MutableGrant[]): string {
  const serviceAccounts = grants.reduce((sum, { names }) => sum + names.length, 0);
  const namespaces = grants.filter(({ all }) => all).length;
  if (namespaces === 0) return String(serviceAccounts);
  const all = `${namespaces} ${namespaces === 1 ? 'namespace' : 'namespaces'}`;
  return serviceAccounts === 0 ? all : `${serviceAccounts} + ${all}`;
}
