// SPDX-License-Identifier: Apache-2.0
// Carries out a credspec's access plan on the API server and says what came of it.
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import { FIELD_MANAGER } from '../../api/credspec.ts';
import { clusterRoleName, roleBindingName } from '../../api/generated-names.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import {
  ensureObject,
  type EnsureResult,
  type Fingerprinted,
  type KubeObject,
  type ManagedObjectContext,
  removeObject,
} from '../../kube/managed-object.ts';
import {
  type AccessFailure,
  alteredFailure,
  conflictFailure,
  isNamespaceGone,
  worstFirst,
  writeFailure,
} from './access-failure.ts';
import { type NamespaceLookup, planAccess } from './access-plan.ts';
import {
  clusterRoleKind,
  type CredspecOwner,
  describeObject,
  isOurs,
  roleBindingKind,
} from './rbac-objects.ts';

/** What a credspec asks for. */
export interface AccessRequest {
  readonly credspec: CredspecOwner;
  readonly grants: readonly NamespaceGrant[];
  /** Namespaces that were bound when last reported: so a binding is found that lost its label. */
  readonly boundBefore: readonly string[];
  /** Whether the credspec still asks for this: it may change while the request is carried out. */
  readonly isCurrent: () => boolean;
}

/** What became of a credspec's access. */
export interface AccessOutcome {
  /** The grants whose RoleBindings are in place. */
  readonly granted: readonly NamespaceGrant[];
  /** Other namespaces that still have a RoleBinding: no status may call it revoked. */
  readonly stillBound: readonly string[];
  readonly missingNamespaces: readonly string[];
  /** What could not be done, worst first; empty where all is in place. */
  readonly failures: readonly AccessFailure[];
  /** Hand edits of generated objects that were undone, in words. */
  readonly repairs: readonly string[];
  /** What was not there before: `ClusterRole …` and `RoleBinding …`, as messages name them. */
  readonly created: readonly string[];
}

/** See {@link createAccessReconciler}. */
export interface AccessContext {
  readonly client: KubeClient;
  readonly clusterRoles: Informer<Fingerprinted>;
  readonly roleBindings: Informer<Fingerprinted>;
  readonly namespaces: NamespaceLookup;
}

/** Brings the RBAC objects of credspecs in line with their annotations. */
export interface AccessReconciler {
  /**
   * Revokes and grants until the credspec's plan is true, as far as that is possible. Gives up as
   * soon as the request is superseded, or the API server fails in a way that is likely to pass.
   */
  reconcile(request: AccessRequest): Promise<AccessOutcome | 'superseded'>;
  /**
   * Removes all access by a credspec of this name.
   * @throws what the client throws; what was removed until then stays removed.
   */
  revokeAll(credspecName: string): Promise<void>;
}

/** An access reconciler for one term of leadership. */
export function createAccessReconciler(context: AccessContext): AccessReconciler {
  const { client, namespaces } = context;
  const shared = { client, fieldManager: FIELD_MANAGER };
  const clusterRoles = { ...shared, kind: clusterRoleKind, informer: context.clusterRoles };
  const roleBindings = { ...shared, kind: roleBindingKind, informer: context.roleBindings };
  /** Objects under generated names that the operator does not own; the caches do not hold those. */
  const foreign = new Set<string>();

  async function reconcile(request: AccessRequest): Promise<AccessOutcome | 'superseded'> {
    const { credspec, isCurrent } = request;
    const { uid } = credspec;
    const name = roleBindingName(credspec.name);
    const existing = [...roleBindings.informer.named(name)];
    const plan = planAccess({ ...request, namespaces, existing });
    const failures: AccessFailure[] = [];
    const repairs: string[] = [];
    const created: string[] = [];
    const granted: NamespaceGrant[] = [];
    const missing = new Set(plan.missingNamespaces);
    const isFailing = (): boolean => failures.some(({ transient }) => transient);

    async function attempt<R extends EnsureResult | { readonly type: 'missing' | 'removed' }>(
      what: string,
      write: () => Promise<R>,
    ): Promise<R['type'] | 'failed'> {
      try {
        const result = await write();
        if (result.type === 'foreign') failures.push(conflictFailure(what));
        if (result.type === 'altered') failures.push(alteredFailure(what));
        if (result.type === 'repaired') repairs.push(repairInWords(what, result.by));
        if (result.type === 'created') created.push(what);
        return result.type;
      } catch (error) {
        failures.push(writeFailure(what, error));
        return 'failed';
      }
    }

    async function revoke(bindings: readonly RemovableBinding[]): Promise<void> {
      for (const binding of bindings) {
        if (isFailing()) return;
        await attempt(describeObject('RoleBinding', binding), async () => ({
          type: await removeObject(roleBindings, binding, { isOurs: (live) => isOurs(live, uid) }),
        }));
      }
    }

    // Revoke first: a failed grant must not keep access that the annotation no longer gives.
    await revoke(plan.surplus);
    await revoke(plan.lost.map((namespace) => ({ name, namespace })));
    // The role before its bindings: the API server checks what a binding would grant.
    const role = await attempt(describeObject('ClusterRole', plan.clusterRole.metadata), () =>
      ensure(clusterRoles, plan.clusterRole, uid),
    );
    // The operator's bindings must never grant what a role says that the operator does not own.
    if (role === 'foreign') await revoke(existing);
    for (const { grant, desired } of IN_PLACE.has(role) ? plan.roleBindings : []) {
      if (!isCurrent()) return 'superseded';
      if (isFailing()) break;
      const binding = await attempt(describeObject('RoleBinding', desired.metadata), () =>
        ensure(roleBindings, desired, uid).catch((error: unknown) => {
          if (!isNamespaceGone(error)) throw error;
          return { type: 'missing' } as const;
        }),
      );
      if (binding === 'missing') missing.add(grant.namespace);
      else if (IN_PLACE.has(binding)) granted.push(grant);
    }
    const inPlace = new Set(granted.map(({ namespace }) => namespace));
    return {
      granted,
      stillBound: roleBindings.informer
        .named(name)
        .flatMap(({ namespace }) => namespace ?? [])
        .filter((namespace) => !inPlace.has(namespace)),
      missingNamespaces: [...missing].toSorted(),
      failures: worstFirst(failures),
      repairs,
      created,
    };
  }

  async function ensure<D extends KubeObject>(
    target: ManagedObjectContext<D>,
    desired: D,
    uid: string,
  ): Promise<EnsureResult> {
    const id = `${target.kind.resource.plural} ${desired.metadata.namespace ?? ''} ${desired.metadata.name}`;
    const result = await ensureObject(target, desired, {
      isOurs: (live) => isOurs(live, uid),
      begin: foreign.has(id) ? 'read' : 'create',
    });
    if (result.type === 'foreign') foreign.add(id);
    else foreign.delete(id);
    return result;
  }

  async function revokeAll(credspecName: string): Promise<void> {
    // Bindings first: one whose role is gone cannot be seen to grant what it granted.
    const options = { isOurs: (live: KubeObject) => isOurs(live, undefined) };
    for (const binding of [...roleBindings.informer.named(roleBindingName(credspecName))]) {
      await removeObject(roleBindings, binding, options);
    }
    for (const role of clusterRoles.informer.named(clusterRoleName(credspecName))) {
      await removeObject(clusterRoles, role, options);
    }
  }

  return { reconcile, revokeAll };
}

type RemovableBinding = Fingerprinted | { readonly name: string; readonly namespace: string };

const IN_PLACE: ReadonlySet<string> = new Set<EnsureResult['type']>([
  'created',
  'repaired',
  'unchanged',
]);

/** That an edit of an object was undone; `by` is the field manager who made it, where that is known. */
export function repairInWords(what: string, by: string | undefined): string {
  return by === undefined ? `${what} was restored` : `${what} was changed by ${by} and restored`;
}
