// SPDX-License-Identifier: Apache-2.0
// Collaborators of admission for tests: they answer from memory, and remember what they were asked.
import type {
  AdmissionCredspec,
  Authorization,
  AuthorizationRequest,
  Authorizer,
  CredspecSource,
} from '../ports.ts';

/** A source of credspecs that remembers for which names it had to go to the API server. */
export interface FakeCredspecSource extends CredspecSource {
  readonly liveLookUps: readonly string[];
}

/** A source of what is in its cache, and of what is there in truth; an Error as `live` is thrown. */
export function fakeCredspecSource(
  cached: readonly AdmissionCredspec[],
  live: readonly AdmissionCredspec[] | Error = cached,
): FakeCredspecSource {
  const liveLookUps: string[] = [];
  return {
    liveLookUps,
    cached: (wanted) => cached.find(({ name }) => name === wanted),
    live: async (wanted) => {
      await Promise.resolve();
      liveLookUps.push(wanted);
      if (live instanceof Error) throw live;
      return live.find(({ name }) => name === wanted);
    },
  };
}

/** An authorizer that remembers what it was asked. */
export interface FakeAuthorizer extends Authorizer {
  readonly requests: readonly AuthorizationRequest[];
}

/** An authorizer that answers so; an Error is thrown. */
export function fakeAuthorizer(
  answer: (request: AuthorizationRequest) => Authorization | Error = () => ({ allowed: true }),
): FakeAuthorizer {
  const requests: AuthorizationRequest[] = [];
  return {
    requests,
    authorize: async (request) => {
      await Promise.resolve();
      requests.push(request);
      const authorization = answer(request);
      if (authorization instanceof Error) throw authorization;
      return authorization;
    },
  };
}
