// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { withParts } from './parts.ts';

const DOCUMENT = `# Fruit

By hand.

<!-- Written by \`make reference\`: apples. -->

Old.

<!-- End of apples. -->

And on.

<!-- Written by \`make reference\`: plums. -->
<!-- End of plums. -->
`;

describe('withParts', () => {
  it('writes each part in its place, and leaves what is around them', () => {
    const written = withParts(DOCUMENT, { plums: () => 'P $1', apples: () => 'A' });
    expect(written).toBe(`# Fruit

By hand.

<!-- Written by \`make reference\`: apples. -->

A

<!-- End of apples. -->

And on.

<!-- Written by \`make reference\`: plums. -->

P $1

<!-- End of plums. -->
`);
  });

  it('tells of a part without a place, and of a place without a part', () => {
    const apples = (): string => '';
    expect(() => withParts(DOCUMENT, { apples, plums: apples, pears: apples })).toThrow(
      'there is no place for the part "pears"',
    );
    expect(() => withParts(DOCUMENT, { apples })).toThrow('there is no part called "plums"');
  });
});
