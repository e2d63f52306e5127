// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { judgeUser, settled } from './user.ts';

describe('judgeUser', () => {
  it.each([
    ['doubtful', undefined],
    ['holds', 'NT AUTHORITY\\SYSTEM'],
    ['holds', 'nt authority\\network service'],
    ['doubtful', 'user manager\\containeradministrator'],
    ['doubtful', 'user manager\\containeruser'],
    ['doubtful', 'contoso\\somebody'],
    ['broken', 'NT AUTHORITY\\LOCAL SERVICE'],
  ])('is %s for %s', (outcome, user) => {
    expect(judgeUser(user).outcome).toBe(outcome);
  });

  it('has its doubt settled by a ticket of the account, and by nothing else', () => {
    const user = { link: 'user', ...judgeUser('user manager\\containeradministrator') } as const;
    const ticket = { link: 'kerberos', outcome: 'holds', detail: 'a ticket' } as const;
    expect(settled([user, ticket])[0]).toEqual({
      link: 'user',
      outcome: 'holds',
      detail:
        'it runs as "user manager\\containeradministrator", which has a ticket of the account; services in it may run as others',
    });
    for (const outcome of ['broken', 'doubtful', 'unknown'] as const) {
      expect(settled([user, { ...ticket, outcome }])[0]).toBe(user);
    }
    const nobody = { link: 'user', ...judgeUser('NT AUTHORITY\\LOCAL SERVICE') } as const;
    expect(settled([nobody, ticket])[0]).toBe(nobody);
  });
});
