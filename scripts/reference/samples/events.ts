// SPDX-License-Identifier: Apache-2.0
// The Events, from the functions that make them.
import type { CredspecStatus } from '../../../src/api/credspec.ts';
import { roleBindingName } from '../../../src/api/generated-names.ts';
import { purgeInWords, repairInWords } from '../../../src/controller/access/access-outcome.ts';
import { describeObject } from '../../../src/controller/access/rbac-objects.ts';
import {
  type ConfigurationNews,
  configurationNews,
} from '../../../src/controller/webhooks/configuration-news.ts';
import {
  type News,
  reconcileFailedNews,
  repairNews,
  statusNews,
} from '../../../src/controller/status/status-news.ts';
import { STATUSES } from './conditions.ts';
import { NAMES } from './names.ts';

/** About credspecs. */
export function credspecEvents(): readonly News[] {
  const { fine, allowsNobody, conflict } = STATUSES;
  const binding = describeObject('RoleBinding', {
    namespace: NAMES.namespace,
    name: roleBindingName(NAMES.credspec),
  });
  return [
    ...statusNews(allowsNobody, fine),
    ...statusNews(fine, { ...allowsNobody, bindings: [] }),
    ...statusNews(conflict, fine),
    ...repairNews(fine, {
      repairs: [
        repairInWords(binding, '<field manager>'),
        repairInWords(binding, undefined),
        purgeInWords(binding, '<field manager>'),
      ],
      created: [binding],
    }),
    ...Object.values<CredspecStatus>(STATUSES).flatMap((status) => statusNews(undefined, status)),
    ...reconcileFailedNews('<error>'),
  ];
}

/** About the webhook configurations. */
export function configurationEvents(): readonly ConfigurationNews[] {
  const kind = 'MutatingWebhookConfiguration';
  return [
    configurationNews(kind, { type: 'created' }, false),
    configurationNews(kind, { type: 'created' }, true),
    configurationNews(kind, { type: 'repaired', by: '<field manager>' }, true),
    configurationNews(kind, { type: 'altered' }, false),
  ].filter((news) => news !== undefined);
}
