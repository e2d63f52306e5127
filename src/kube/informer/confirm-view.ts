// SPDX-License-Identifier: Apache-2.0
// A live look at the few objects of an informer. A watch can be dead without a word, where something between the two
// sides keeps the connection and swallows what it brings; bookmarks tell that only after minutes.
import { objectKey } from '../client/resource.ts';
import type { Informer } from './informer.ts';
import type { ListWatch } from './list-watch.ts';
import type { CachedObject } from './object-cache.ts';

/**
 * Lists what the informer watches, and has the informer list again if that is not what it shows. For views of one
 * page at most.
 * @throws what the client throws.
 */
export async function confirmView(
  informer: Pick<Informer<CachedObject>, 'freshen' | 'get' | 'hasSynced' | 'size'>,
  listWatch: Pick<ListWatch, 'listPage'>,
  signal: AbortSignal,
): Promise<'behind' | 'current'> {
  if (!informer.hasSynced()) return 'current';
  const { items } = await listWatch.listPage(undefined, signal);
  const objects = items ?? [];
  const isCurrent =
    objects.length === informer.size &&
    objects.every(({ metadata }) => {
      const known = informer.get(objectKey(metadata));
      return known?.uid === metadata.uid && known.resourceVersion === metadata.resourceVersion;
    });
  if (isCurrent) return 'current';
  await informer.freshen(0, signal);
  return 'behind';
}
