// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  allowedAnnotationHash,
  invalidEntriesMessage,
  MAX_REPORTED_PROBLEMS,
  parseAllowedServiceAccounts,
} from './allowed-service-accounts.ts';

/** Far more than linear time takes on a busy machine, far less than quadratic time does. */
const LINEAR_TIME_MS = 5_000;

const label63 = 'a'.repeat(63);
const subdomain253 = `${`${label63}.`.repeat(3)}${'b'.repeat(61)}`;

describe('parseAllowedServiceAccounts', () => {
  it.each([undefined, '', ' ', ',', ' ,\n,\t'])('grants nothing on %j', (value) => {
    expect(parseAllowedServiceAccounts(value)).toEqual({
      grants: [],
      problems: [],
      unreportedProblems: 0,
      summary: '0',
    });
  });

  it('takes commas, spaces, tabs and line breaks as separators, alone or together', () => {
    const { grants, problems } = parseAllowedServiceAccounts('\n a/b,a/c\ta/d ,\r\n a/e,,a/f\n');
    expect(problems).toEqual([]);
    expect(grants).toEqual([
      {
        namespace: 'a',
        serviceAccounts: ['b', 'c', 'd', 'e', 'f'],
        allServiceAccounts: false,
      },
    ]);
  });

  it('sorts namespaces and service accounts and names each once', () => {
    const { grants, summary } = parseAllowedServiceAccounts('z/b z/a b/x z/a a/* z/* a/*');
    expect(grants).toEqual([
      { namespace: 'a', serviceAccounts: [], allServiceAccounts: true },
      { namespace: 'b', serviceAccounts: ['x'], allServiceAccounts: false },
      { namespace: 'z', serviceAccounts: ['a', 'b'], allServiceAccounts: true },
    ]);
    expect(summary).toBe('3 + 2 namespaces');
  });

  it.each([
    ['a/b a/c b/c', '3'],
    ['a/b a/c b/c d/*', '3 + 1 namespace'],
    ['a/b d/* e/*', '1 + 2 namespaces'],
    ['d/*', '1 namespace'],
    ['d/* e/*', '2 namespaces'],
    ['a/b a/b nonsense', '1'],
  ])('sums up %j as %j', (value, summary) => {
    expect(parseAllowedServiceAccounts(value).summary).toBe(summary);
  });

  it('takes names of the full length that Kubernetes allows', () => {
    const { grants, problems } = parseAllowedServiceAccounts(`${label63}/${subdomain253}`);
    expect(subdomain253).toHaveLength(253);
    expect(problems).toEqual([]);
    expect(grants[0]?.serviceAccounts).toEqual([subdomain253]);
  });

  it.each([
    ['web', 'is not `namespace/name`'],
    ['*', 'is not `namespace/name`'],
    ['a/b/c', 'more than one "/"'],
    ['a/b;c/d', 'more than one "/"'],
    ['a//', 'more than one "/"'],
    ['*/web', 'has "*" in place of a namespace'],
    ['*/*', 'has "*" in place of a namespace'],
    ['prod-*/web', 'has "*" in place of a namespace'],
    ['/web', 'names no namespace before the "/"'],
    ['/', 'names no namespace before the "/"'],
    ['prod/', 'write `prod/name`, or `prod/*`'],
    ['prod/web-*', 'has "*" within a name: write the whole name, or `prod/*`'],
    ['prod/**', 'has "*" within a name'],
    ['Prod/web', 'has no valid namespace: namespaces hold lower-case letters'],
    ['prod.eu/web', 'has no valid namespace'],
    ['-prod/web', 'has no valid namespace'],
    ['prod/Web', 'has no valid service account name: these hold lower-case letters'],
    ['prod/web_app', 'has no valid service account name'],
    ['prod/web.', 'has no valid service account name'],
    ['prod/web..app', 'has no valid service account name'],
    ['prod/wéb', 'has no valid service account name'],
    ['prod/web\u200b', 'has no valid service account name'],
    ['prod/web\0', 'has no valid service account name'],
    [`${label63}a/web`, 'has a namespace of 64 characters: Kubernetes allows 63'],
    [
      `prod/${subdomain253}b`,
      'has a service account name of 254 characters: Kubernetes allows 253',
    ],
  ])('says of %j what is wrong with it and grants nothing for it', (entry, reason) => {
    const { grants, problems } = parseAllowedServiceAccounts(entry);
    expect(grants).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toContain(reason);
  });

  it('says of a name with a space that a space separates entries', () => {
    const { grants, problems } = parseAllowedServiceAccounts('prod/web app');
    expect(grants.map(({ serviceAccounts }) => serviceAccounts)).toEqual([['web']]);
    expect(problems).toEqual([{ entry: 'app', reason: expect.stringContaining('white space') }]);
  });

  it('keeps valid entries in force beside invalid ones', () => {
    const { grants, summary, problems } = parseAllowedServiceAccounts('*/x prod/web */*');
    expect(grants).toEqual([
      { namespace: 'prod', serviceAccounts: ['web'], allServiceAccounts: false },
    ]);
    expect(summary).toBe('1');
    expect(problems.map(({ entry }) => entry)).toEqual(['*/x', '*/*']);
  });

  it('is not misled by names that objects inherit', () => {
    const { grants } = parseAllowedServiceAccounts('constructor/prototype constructor/valueof');
    expect(grants[0]).toEqual({
      namespace: 'constructor',
      serviceAccounts: ['prototype', 'valueof'],
      allServiceAccounts: false,
    });
  });

  it('escapes and shortens what it echoes', () => {
    const [escaped, long] = parseAllowedServiceAccounts(
      `\x1b[31mred\u202e\u2066 ${'x'.repeat(10_000)}`,
    ).problems;
    expect(escaped?.entry).toBe('\\u{1b}[31mred\\u{202e}\\u{2066}');
    expect(long?.entry).toBe(`${'x'.repeat(80)}… (10000 characters)`);
  });

  it('tells a bounded number of thousands of bad entries, each once, and counts the rest', () => {
    const bad = Array.from({ length: 5_000 }, (_, index) => `bad${index}`).join(',');
    const result = parseAllowedServiceAccounts(`${bad},${bad},prod/web`);
    expect(result.problems).toHaveLength(MAX_REPORTED_PROBLEMS);
    expect(result.unreportedProblems).toBe(5_000 - MAX_REPORTED_PROBLEMS);
    expect(result.summary).toBe('1');
    expect(invalidEntriesMessage(result)?.length).toBeLessThan(5_000);
  });

  it.each([
    [1, 'and 1 more invalid entry.'],
    [2, 'and 2 more invalid entries.'],
  ])('counts %i beyond those that are told', (more, words) => {
    const bad = Array.from({ length: MAX_REPORTED_PROBLEMS + more }, (_, index) => `bad${index}`);
    expect(invalidEntriesMessage(parseAllowedServiceAccounts(bad.join(',')))).toContain(words);
  });

  it.each([
    ['separators', ', '.repeat(128 * 1024)],
    ['one long entry', 'a'.repeat(256 * 1024)],
    ['one long namespace', `${'a-'.repeat(128 * 1024)}/x`],
    ['one long name', `a/${'a.'.repeat(128 * 1024)}`],
    ['slashes', '/'.repeat(256 * 1024)],
    ['shortest entries', 'a '.repeat(128 * 1024)],
  ])('reads the longest annotation of %s in no time', (_, value) => {
    const start = performance.now();
    const { grants } = parseAllowedServiceAccounts(value);
    expect(grants).toEqual([]);
    expect(performance.now() - start).toBeLessThan(LINEAR_TIME_MS);
  });

  it('grants exactly the entries that are valid, whatever stands between them', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?$/);
    const valid = fc.tuple(label, fc.oneof(label, fc.constant('*'))).map((pair) => pair.join('/'));
    const junk = fc.string({ unit: fc.constantFrom('A', '*', '/', 'é', '\0', '_', 'a') });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(valid, junk)),
        fc.constantFrom(',', ' ', '\n', ', '),
        (all, by) => {
          const granted = parseAllowedServiceAccounts(all.join(by)).grants.flatMap((grant) => [
            ...grant.serviceAccounts.map((name) => `${grant.namespace}/${name}`),
            ...(grant.allServiceAccounts ? [`${grant.namespace}/*`] : []),
          ]);
          const expected = new Set(
            all.filter((entry) =>
              /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/([a-z0-9]([-a-z0-9]*[a-z0-9])?|\*)$/.test(entry),
            ),
          );
          expect(new Set(granted)).toEqual(expected);
          expect(granted).toHaveLength(expected.size);
        },
      ),
    );
  });
});

describe('invalidEntriesMessage', () => {
  it('is undefined where every entry is valid', () => {
    expect(invalidEntriesMessage(parseAllowedServiceAccounts('a/b'))).toBeUndefined();
  });

  it('names the annotation, each entry and its reason, and that the others are in force', () => {
    const message = invalidEntriesMessage(parseAllowedServiceAccounts('prod/web */x'));
    expect(message).toBe(
      'Annotation gmsa-operator.io/allowed-service-accounts: entry "*/x" has "*" in place of a namespace: access is granted in one named namespace at a time. Valid entries are in force.',
    );
  });
});

describe('allowedAnnotationHash', () => {
  it('is the SHA-256 of the value, and of the empty text where there is none', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(allowedAnnotationHash(undefined)).toBe(empty);
    expect(allowedAnnotationHash('')).toBe(empty);
    expect(allowedAnnotationHash('default/default')).toMatch(/^[0-9a-f]{64}$/);
    expect(allowedAnnotationHash('a/b')).not.toBe(allowedAnnotationHash('a/b '));
  });
});
