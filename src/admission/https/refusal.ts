// SPDX-License-Identifier: Apache-2.0
// The requests that never reach the handler, and what their senders are told.

/** An answer of the server's own, as plain text. */
export interface Refusal {
  readonly code: 400 | 404 | 405 | 408 | 413 | 415 | 500 | 503;
  /** One line. */
  readonly message: string;
  /** Further ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 9110, section 15.6.4: when to come again. Load passes quickly; API servers do not repeat anyway. */
const RETRY_AFTER = { 'retry-after': '1' };

/** Each refusal that needs no detail of the request. */
export const REFUSALS = {
  unknownPath: {
    code: 404,
    message: 'there is nothing here: webhooks call /mutate, /validate or /validate-credentialspec',
  },
  wrongMethod: {
    code: 405,
    message: 'only POST is served here',
    headers: { allow: 'POST' },
  },
  encodedBody: {
    code: 415,
    message: 'the body has a Content-Encoding: send it as it is',
  },
  noBody: {
    code: 400,
    message: 'the body is empty: send an AdmissionReview as JSON',
  },
  notUtf8: {
    code: 400,
    message: 'the body is not UTF-8, which JSON has to be (RFC 8259, section 8.1)',
  },
  tooSlow: {
    code: 408,
    message: 'the body did not arrive in time',
  },
  pipelined: {
    code: 400,
    message: 'a request came before the answer to the one before it: send one at a time',
  },
  noMemory: {
    code: 503,
    message: 'too many bytes are being received at the moment',
    headers: RETRY_AFTER,
  },
  overloaded: {
    code: 503,
    message: 'too many requests are being worked on at the moment',
    headers: RETRY_AFTER,
  },
  noDecision: {
    code: 503,
    message: 'there was no decision in time',
    headers: RETRY_AFTER,
  },
  broken: {
    code: 500,
    message: 'the admission handler failed',
  },
} as const satisfies Readonly<Record<string, Refusal>>;

/** Where the content type is another one, or none. */
export function wrongContentType(contentType: string | undefined): Refusal {
  const found = contentType === undefined ? 'none is given' : 'another one is given';
  return { code: 415, message: `the Content-Type has to be application/json, but ${found}` };
}

/** Where the body is longer, as announced or as it arrives. */
export function tooLarge(maxBodyBytes: number): Refusal {
  return { code: 413, message: `the body is larger than ${maxBodyBytes} bytes` };
}

/** The body has too many JSON values. */
export function tooManyValues(maxJsonValues: number): Refusal {
  return { code: 413, message: `the body holds more than ${maxJsonValues} JSON values` };
}

/** The objects in the body have too many different names of members. */
export function tooManyNames(maxJsonNames: number): Refusal {
  return {
    code: 413,
    message: `the body has more than ${maxJsonNames} different names of members`,
  };
}

/** The body nests too deeply. */
export function tooDeep(maxJsonDepth: number): Refusal {
  return {
    code: 413,
    message: `the body nests more than ${maxJsonDepth} levels of lists and objects`,
  };
}
