// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDns1123Subdomain } from '../../api/kubernetes-names.ts';
import { CliError } from '../cli-error.ts';
import { manifestName } from './manifest-name.ts';

/** Undefined if the text is refused. */
function legalName(text: string): string | undefined {
  try {
    return manifestName(text);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return undefined;
  }
}

describe('manifestName', () => {
  it.each([
    ['gmsa-WebApp1', 'gmsa-webapp1'],
    ['contoso_webapp1', 'contoso-webapp1'],
    ['WebApp1$', 'webapp1'],
    ['My App (new)', 'my-app-new'],
    ['a..b.-c-.', 'a.b.c'],
    ['webapp1', 'webapp1'],
    ['Ä$_', undefined],
    ['', undefined],
  ])('makes of %j %j', (text, name) => {
    expect(legalName(text)).toBe(name);
  });

  it('makes a legal name of any text, and leaves legal names of usual length alone', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'grapheme' }), (text) => {
        const name = legalName(text);
        return name === undefined || isLegal(name);
      }),
    );
    expect(isLegal(legalName('Ab-_.'.repeat(100)) ?? '')).toBe(true);
  });

  // Labels of a subdomain have no limit of their own in Kubernetes.
  const isLegal = (name: string): boolean => isDns1123Subdomain(name) && legalName(name) === name;
});
