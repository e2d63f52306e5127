// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type Choice, labelsOf, onlyIfChosen } from './chosen-webhooks.ts';
import { configurationsLikeOurs } from './reference-webhook.ts';
import { podWebhooks } from './registration.ts';

const configurations = configurationsLikeOurs('reference', {
  target: { type: 'url', base: 'https://127.0.0.1:1' },
  caBundle: 'PEM',
});
const byUrl: Choice = { webhook: 'reference', route: 'URL' };
const byService: Choice = { webhook: 'reference', route: 'Service' };

describe('onlyIfChosen', () => {
  it('gives each choice names of its own, so that it is seen who is called', () => {
    const names = [byUrl, byService].flatMap((choice) =>
      podWebhooks(onlyIfChosen(choice, configurations)),
    );
    expect(names).toEqual([
      'reference-by-url.mutate-pods.reference.example',
      'reference-by-url.validate-pods.reference.example',
      'reference-by-service.mutate-pods.reference.example',
      'reference-by-service.validate-pods.reference.example',
    ]);
  });

  it('selects by the label of the choice, and changes nothing else of a webhook', () => {
    const [label = ''] = Object.keys(labelsOf([byUrl]));
    onlyIfChosen(byUrl, configurations).forEach((chosen, index) => {
      const [webhook] = chosen.webhooks ?? [];
      const [before] = configurations[index]?.webhooks ?? [];
      expect(webhook).toEqual({
        ...before,
        name: webhook?.name,
        objectSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
      });
    });
  });
});

describe('labelsOf', () => {
  it('has a label for each choice', () => {
    expect(Object.keys(labelsOf([byUrl, byService]))).toHaveLength(2);
    expect(labelsOf([])).toEqual({});
  });
});
