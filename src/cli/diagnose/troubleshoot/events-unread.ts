// SPDX-License-Identifier: Apache-2.0
// Where Events may not be listed, that nothing says why is not known. Pure.
import type { Reading } from '../reading.ts';
import { shownMessage } from '../shown-message.ts';

/** Why there are no Events, as it goes on behind "and". */
export function eventsUnread(events: Exclude<Reading<unknown>, { readonly type: 'read' }>): string {
  const why = events.type === 'unreadable' ? `: ${shownMessage(events.why)}` : '';
  return `you may not list Events, which may say why${why}`;
}
