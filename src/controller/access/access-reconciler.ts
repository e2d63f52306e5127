// SPDX-License-Identifier: Apache-2.0
// Carries out a credspec's access plan on the API server and says what came of it.
import type { NamespaceGrant } from '../../api/allowed-service-accounts.ts';
import { FIELD_MANAGER } from '../../api/credspec.ts';
import { clusterRoleName, roleBindingName } from '../../api/generated-names.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Informer } from '../../kube/informer/informer.ts';
import { ensureObject, type EnsureResult } from '../../kube/ensure-object.ts';
import type { Fingerprinted, KubeObject, ManagedObjectContext } from '../../kube/managed-object.ts';
import { removeObject, type RemoveResult } from '../../kube/remove-object.ts';
import {
  type AccessFailure,
  alteredFailure,
  conflictFailure,
  isNamespaceGone,
  unconfirmedFailure,
  worstFirst,
  writeFailure,
} from './access-failure.ts';
import { type AccessOutcome, purgeInWords, repairInWords } from './access-outcome.ts';
import { type NamespaceLookup, planAccess } from './access-plan.ts';
import { type BindingReference, type BindingSet, createBindingSet } from './binding-set.ts';
import { clusterRoleKind, roleBindingKind } from './rbac-kinds.ts';
import { type CredspecOwner, describeObject, isOurs } from './rbac-objects.ts';

/** What a credspec asks for. */
export interface AccessRequest {
  readonly credspec: CredspecOwner;
  readonly grants: readonly NamespaceGrant[];
  /** Namespaces that were bound when last reported: so a binding is found that lost its label. */
  readonly boundBefore: readonly string[];
  /** Whether the credspec still asks for this: it may change while the request is carried out. */
  readonly isCurrent: () => boolean;
}

/** See {@link createAccessReconciler}. */
export interface AccessContext {
  readonly client: KubeClient;
  readonly clusterRoles: Informer<Fingerprinted>;
  readonly roleBindings: Informer<Fingerprinted>;
  readonly namespaces: NamespaceLookup;
  /** RoleBindings that might be there though the cache does not show them; the reconciler settles them. */
  readonly strays: BindingSet;
}

/** Brings the RBAC objects of credspecs in line with their annotations. */
export interface AccessReconciler {
  /**
   * Revokes and grants until the credspec's plan is true, as far as that is possible. Gives up as
   * soon as the request is superseded, or the API server fails in a way that is likely to pass.
   */
  reconcile(request: AccessRequest): Promise<AccessOutcome | 'superseded'>;
  /**
   * Removes all access by a credspec of this name; `uid` of one that is being deleted.
   * @throws what the client throws; what was removed until then stays removed. Error where all was tried, and it is not
   * certain of each that it has gone.
   */
  revokeAll(credspecName: string, uid: string | undefined): Promise<void>;
}

/** An access reconciler for one term of leadership. */
export function createAccessReconciler(context: AccessContext): AccessReconciler {
  const { client, namespaces, strays } = context;
  const shared = { client, fieldManager: FIELD_MANAGER };
  const clusterRoles = { ...shared, kind: clusterRoleKind, informer: context.clusterRoles };
  const roleBindings = { ...shared, kind: roleBindingKind, informer: context.roleBindings };
  /** Objects under generated names that the operator does not own; the caches do not hold those. */
  const foreign = new Set<string>();
  /** Bindings that the operator removed, and that the last reported status still shows. */
  const withdrawn = createBindingSet();

  async function reconcile(request: AccessRequest): Promise<AccessOutcome | 'superseded'> {
    const { credspec, boundBefore, isCurrent } = request;
    const { uid } = credspec;
    const name = roleBindingName(credspec.name);
    const existing = [...roleBindings.informer.named(name)];
    const suspected = [...boundBefore, ...strays.namespaces(name)];
    const plan = planAccess({ ...request, namespaces, existing, suspected });
    const failures: AccessFailure[] = [];
    const repairs: string[] = [];
    const created: string[] = [];
    const granted: NamespaceGrant[] = [];
    const missing = new Set(plan.missingNamespaces);
    /** Of objects of which it is not certain whether they have gone; the next write meets nothing of it. */
    const doubts: AccessFailure[] = [];
    const isFailing = (): boolean => failures.some(({ transient }) => transient);

    async function attempt<R extends EnsureResult | RemoveResult>(
      what: string,
      write: () => Promise<R>,
    ): Promise<R['type'] | 'failed'> {
      try {
        const result = await write();
        if (result.type === 'foreign') failures.push(conflictFailure(what));
        if (result.type === 'altered') failures.push(alteredFailure(what));
        if (result.type === 'unconfirmed') doubts.push(unconfirmedFailure(what));
        if (result.type === 'repaired') repairs.push(repairInWords(what, result.by));
        if (result.type === 'purged') repairs.push(purgeInWords(what, result.by));
        return result.type;
      } catch (error) {
        failures.push(writeFailure(what, error));
        return 'failed';
      }
    }

    async function revoke(bindings: readonly BindingReference[]): Promise<void> {
      for (const binding of bindings) {
        if (isFailing()) return;
        const result = await attempt(describeObject('RoleBinding', binding), () =>
          removeObject(roleBindings, binding, { isOurs: (live) => isOurs(live, uid) }),
        );
        if (result === 'removed' || result === 'purged') withdrawn.add(binding);
        // Whatever else came of it, it might still grant.
        if (IS_GONE.has(result)) strays.delete(binding);
        else strays.add(binding);
      }
    }

    for (const namespace of withdrawn.namespaces(name)) {
      if (!boundBefore.includes(namespace)) withdrawn.delete({ name, namespace });
    }
    // Revoke first: a failed grant must not keep access that the annotation no longer gives.
    await revoke(plan.surplus);
    await revoke(plan.unseen.map((namespace) => ({ name, namespace })));
    // The role before its bindings: the API server checks what a binding would grant.
    const role = await attempt(describeObject('ClusterRole', plan.clusterRole.metadata), () =>
      ensure(clusterRoles, plan.clusterRole, uid),
    );
    if (role === 'created') created.push(describeObject('ClusterRole', plan.clusterRole.metadata));
    // The operator's bindings must never grant what a role says that the operator does not own.
    if (role === 'foreign') await revoke(existing);
    for (const { grant, desired } of IN_PLACE.has(role) ? plan.roleBindings : []) {
      if (!isCurrent()) return 'superseded';
      if (isFailing()) break;
      const what = describeObject('RoleBinding', desired.metadata);
      const binding = await attempt(what, () =>
        ensure(roleBindings, desired, uid).catch((error: unknown): RemoveResult => {
          if (!isNamespaceGone(error)) throw error;
          return { type: 'missing' };
        }),
      );
      if (binding === 'missing') missing.add(grant.namespace);
      if (!IN_PLACE.has(binding)) continue;
      granted.push(grant);
      strays.delete(desired.metadata);
      const isWithdrawn = withdrawn.namespaces(name).includes(grant.namespace);
      if (binding === 'created' && !isWithdrawn) created.push(what);
      withdrawn.delete(desired.metadata);
    }
    const inPlace = new Set(granted.map(({ namespace }) => namespace));
    return {
      granted,
      stillBound: [
        ...roleBindings.informer.named(name).flatMap(({ namespace }) => namespace ?? []),
        ...strays.namespaces(name).filter((namespace) => plan.unseen.includes(namespace)),
      ].filter((namespace) => !inPlace.has(namespace)),
      missingNamespaces: [...missing].toSorted(),
      failures: worstFirst([...failures, ...doubts]),
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

  async function revokeAll(credspecName: string, uid: string | undefined): Promise<void> {
    // Bindings first: one whose role is gone cannot be seen to grant what it granted.
    const options = { isOurs: (live: KubeObject) => isOurs(live, uid) };
    const name = roleBindingName(credspecName);
    const unseen = strays.namespaces(name).map((namespace) => ({ name, namespace }));
    const unconfirmed: string[] = [];
    for (const binding of [...roleBindings.informer.named(name), ...unseen]) {
      const { type } = await removeObject(roleBindings, binding, options);
      if (type === 'unconfirmed') unconfirmed.push(describeObject('RoleBinding', binding));
      strays.delete(binding);
      withdrawn.delete(binding);
    }
    for (const role of clusterRoles.informer.named(clusterRoleName(credspecName))) {
      const { type } = await removeObject(clusterRoles, role, options);
      if (type === 'unconfirmed') unconfirmed.push(describeObject('ClusterRole', role));
    }
    if (unconfirmed.length > 0) {
      throw new Error(unconfirmed.map((what) => unconfirmedFailure(what).message).join('; '));
    }
  }

  return { reconcile, revokeAll };
}

const IN_PLACE: ReadonlySet<string> = new Set<EnsureResult['type']>([
  'created',
  'repaired',
  'unchanged',
  'updated',
]);

const IS_GONE: ReadonlySet<string> = new Set<RemoveResult['type']>([
  'missing',
  'purged',
  'removed',
]);
