// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { seriesOf, totalOf } from './prometheus-text.ts';

const PAGE = `# HELP requests_total Number of requests.
# TYPE requests_total counter
requests_total{verb="POST",resource="rolebindings",path="a{b}=\\"c\\""} 12
requests_total{verb="LIST",resource="",path=""} 1.5e+03
requests_total_created{verb="POST"} 99
other_requests_total{verb="POST"} 99
plain 7
`;

describe('seriesOf', () => {
  it('reads the series of one metric, and of no other whose name is similar', () => {
    expect(seriesOf(PAGE, 'requests_total')).toEqual([
      {
        labels: { verb: 'POST', resource: 'rolebindings', path: 'a{b}=\\"c\\"' },
        value: 12,
      },
      { labels: { verb: 'LIST', resource: '', path: '' }, value: 1500 },
    ]);
  });

  it('reads a metric without labels', () => {
    expect(seriesOf(PAGE, 'plain')).toEqual([{ labels: {}, value: 7 }]);
  });
});

describe('totalOf', () => {
  it('is the sum over all series, and 0 for a metric that is not there', () => {
    expect(totalOf(PAGE, 'requests_total')).toBe(1512);
    expect(totalOf(PAGE, 'absent')).toBe(0);
  });
});
