// SPDX-License-Identifier: Apache-2.0
// RoleBindings by name and namespace, for what the operator has to remember of them beside the cache.

/** Name and namespace of a RoleBinding. */
export interface BindingReference {
  readonly name: string;
  readonly namespace?: string;
}

/** A set of RoleBindings. */
export interface BindingSet {
  add(binding: BindingReference): void;
  delete(binding: BindingReference): void;
  /** The namespaces of those with this name. */
  namespaces(name: string): readonly string[];
}

/** An empty set. */
export function createBindingSet(): BindingSet {
  const byName = new Map<string, Set<string>>();
  return {
    add({ name, namespace }) {
      if (namespace === undefined) return;
      const known = byName.get(name);
      if (known === undefined) byName.set(name, new Set([namespace]));
      else known.add(namespace);
    },
    delete({ name, namespace }) {
      const known = byName.get(name);
      if (namespace === undefined || known?.delete(namespace) !== true) return;
      if (known.size === 0) byName.delete(name);
    },
    namespaces: (name) => [...(byName.get(name) ?? [])],
  };
}
