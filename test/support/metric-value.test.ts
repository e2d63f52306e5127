// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { metricValue } from './metric-value.ts';

const PAGE = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{webhook="/mutate",code="200"} 40
requests_total{webhook="/mutate",code="400"} 2
requests_total{webhook="/validate",code="200"} 7
up 1
`;

describe('metricValue', () => {
  it.each([
    ['requests_total', { webhook: '/validate' }, 7],
    ['requests_total', { webhook: '/mutate', code: '400' }, 2],
    ['requests_total', { webhook: '/mutate' }, 42],
    ['requests_total', {}, 49],
    ['up', {}, 1],
    ['up', { webhook: '/mutate' }, undefined],
    ['requests_total', { webhook: '/other' }, undefined],
    ['requests', {}, undefined],
  ])('of %s with %j', (name, labels, expected) => {
    expect(metricValue(PAGE, name, labels)).toBe(expected);
  });
});
