// SPDX-License-Identifier: Apache-2.0
// What is wrong with entries of the annotation that grant nothing, in words that continue the sentence
// "entry … ".
import { MAX_DNS1123_LABEL_LENGTH, MAX_DNS1123_SUBDOMAIN_LENGTH } from './kubernetes-names.ts';

/** There is no "/". */
export function withoutNamespace(): string {
  return 'is not `namespace/name`: write the namespace too (commas and white space separate entries, so a name cannot contain a space)';
}

/** There are several. */
export function severalSlashes(): string {
  return 'has more than one "/": write `namespace/name`, and separate entries by commas or white space';
}

/** There is nothing before the "/". */
export function emptyNamespace(): string {
  return 'names no namespace before the "/": write `namespace/name`';
}

/** There is a "*" before the "/". */
export function namespacePattern(): string {
  return 'has "*" in place of a namespace: access is granted in one named namespace at a time';
}

/** No namespace can have a name of this length. */
export function longNamespace(length: number): string {
  return `has a namespace of ${length} characters: Kubernetes allows ${MAX_DNS1123_LABEL_LENGTH}`;
}

/** No namespace can have this name. */
export function invalidNamespace(): string {
  return 'has no valid namespace: namespaces hold lower-case letters, digits and "-", and begin and end with a letter or digit';
}

/** There is nothing behind the "/". */
export function emptyName(namespace: string): string {
  return `names no service account after the "/": write \`${namespace}/name\`, or \`${namespace}/*\` for all of the namespace`;
}

/** There is a "*" behind the "/", and not alone. */
export function namePattern(namespace: string): string {
  return `has "*" within a name: write the whole name, or \`${namespace}/*\` for every service account of the namespace`;
}

/** No service account can have a name of this length. */
export function longName(length: number): string {
  return `has a service account name of ${length} characters: Kubernetes allows ${MAX_DNS1123_SUBDOMAIN_LENGTH}`;
}

/** No service account can have this name. */
export function invalidName(): string {
  return 'has no valid service account name: these hold lower-case letters, digits, "-" and ".", and begin and end with a letter or digit';
}
