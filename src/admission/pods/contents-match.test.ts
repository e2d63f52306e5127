// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../api/canonical-json.ts';
import { contentsMatch } from './contents-match.ts';

const CONTENTS =
  '{"CmsPlugins":["ActiveDirectory"],"DomainJoinConfig":{"DnsName":"a\\u0026b","Sid":"S"}}';

describe('contents match', () => {
  it.each([
    ['the same text', CONTENTS],
    ['white space between', JSON.stringify(JSON.parse(CONTENTS), undefined, 2)],
    [
      'keys in another order',
      '{"DomainJoinConfig":{"Sid":"S","DnsName":"a&b"},"CmsPlugins":["ActiveDirectory"]}',
    ],
    ['other escapes', CONTENTS.replace('ActiveDirectory', '\\u0041ctiveDirectory')],
  ])('with %s', (_, text) => {
    expect(contentsMatch(text, CONTENTS)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['another type', '[]'],
    ['null', 'null'],
    ['text that is no JSON', '{"CmsPlugins":'],
    ['something after it', `${CONTENTS} {}`],
    ['another value', CONTENTS.replace('"S"', '"T"')],
    ['another case', CONTENTS.replace('Sid', 'SID')],
    ['a field more', CONTENTS.replace('{"CmsPlugins"', '{"A":null,"CmsPlugins"')],
    ['a field less', '{"CmsPlugins":["ActiveDirectory"]}'],
    ['a number that is no number', '1e999'],
    ['more depth than there can be', '['.repeat(5000) + ']'.repeat(5000)],
    ['a key of the language', CONTENTS.replace('{"CmsPlugins"', '{"__proto__":{},"CmsPlugins"')],
  ])('not with %s', (_, text) => {
    expect(contentsMatch(text, CONTENTS)).toBe(false);
  });

  it.each([
    ['first', CONTENTS.replace('"Sid":"S"', '"Sid":"T","Sid":"S"')],
    ['last', CONTENTS.replace('"Sid":"S"', '"Sid":"S","Sid":"T"')],
    ['as an escaped name', CONTENTS.replace('"Sid":"S"', '"\\u0053id":"T","Sid":"S"')],
    ['as a whole', CONTENTS.replace('{"Cms', '{"DomainJoinConfig":{},"Cms')],
    ['to the same value', CONTENTS.replace('"Sid":"S"', '"Sid":"S","Sid":"S"')],
  ])(
    'not where a name is there twice, the other one %s: nobody knows which of them holds',
    (_, text) => {
      expect(contentsMatch(text, CONTENTS)).toBe(false);
    },
  );

  it('exactly where the values are the same', () => {
    // As it is parsed: JSON.stringify has no -0.
    const value = fc
      .jsonValue({ maxDepth: 3 })
      .map((json) => JSON.parse(JSON.stringify(json)) as unknown);
    fc.assert(
      fc.property(value, value, fc.boolean(), (a, b, isSame) => {
        const contents = canonicalJson(a);
        const other = isSame ? a : b;
        expect(contentsMatch(JSON.stringify(other, undefined, 1), contents)).toBe(
          canonicalJson(other) === contents,
        );
      }),
    );
  });
});
