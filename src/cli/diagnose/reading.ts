// SPDX-License-Identifier: Apache-2.0
// What came of reading something. Diagnosis is for people with few rights, too: what they may not read
// is told, and the rest is looked at all the same.
import { type ApiError, classifyError } from '../../kube/client/api-error.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { type Resource, type ResourceTarget, resourcePath } from '../../kube/client/resource.ts';

/** Something that was read, or why it was not. */
export type Reading<T> =
  | { readonly type: 'read'; readonly value: T }
  | { readonly type: 'absent' }
  | { readonly type: 'unreadable'; readonly why: string };

/** Objects in a page; as many as kubectl asks for. */
const PAGE_SIZE = '500';

/** Awaits something; @throws what is neither "not found" nor "forbidden". */
export async function reading<T>(value: Promise<T>): Promise<Reading<T>> {
  try {
    return { type: 'read', value: await value };
  } catch (error) {
    const kind = classifyError(error);
    if (kind === 'not-found') return { type: 'absent' };
    if (kind !== 'forbidden') throw error;
    return { type: 'unreadable', why: (error as ApiError).status.message ?? 'forbidden' };
  }
}

/** One object. @throws as {@link reading} does. */
export function readObject<T>(
  client: KubeClient,
  resource: Resource,
  target: ResourceTarget,
): Promise<Reading<T>> {
  return reading(client.request<T>({ method: 'GET', path: resourcePath(resource, target) }));
}

/** `metav1.LabelSelector`. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A selector as it stands in a query. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        default:
          return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
      }
    }),
  ].join(',');
}

/** All objects of a list, page by page. @throws what the client throws. */
export async function listAll<T>(
  client: KubeClient,
  resource: Resource,
  {
    namespace,
    ...selectors
  }: {
    readonly namespace?: string | undefined;
    readonly labelSelector?: string;
    readonly fieldSelector?: string;
  } = {},
): Promise<readonly T[]> {
  const all: T[] = [];
  let next: string | undefined;
  do {
    const page: Page<T> = await client.request({
      method: 'GET',
      path: resourcePath(resource, { namespace }),
      query: { ...selectors, limit: PAGE_SIZE, continue: next },
    });
    all.push(...(page.items ?? []));
    next = page.metadata?.continue;
  } while (next !== undefined && next !== '');
  return all;
}

/** What was read, or `otherwise`. */
export function valueOr<T, O>(value: Reading<T>, otherwise: O): O | T {
  return value.type === 'read' ? value.value : otherwise;
}

/** What was read, made into something else. */
export function mapRead<T, R>(value: Reading<T>, map: (value: T) => R): Reading<R> {
  return value.type === 'read' ? { type: 'read', value: map(value.value) } : value;
}

interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string };
}
