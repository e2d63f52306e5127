// SPDX-License-Identifier: Apache-2.0
// Requests to a webhook with something wrong about them: in what a review says, in its text, in the bytes,
// or in the request around it. Pure; random, and the same for the same seed.
import fc from 'fast-check';

/** A request as it goes out on a connection. */
export interface DamagedRequest {
  readonly what: Damage['what'];
  readonly path: Path;
  readonly bytes: Buffer;
  /** The body, where it is sent as a whole, with a head that says so. */
  readonly body: Buffer | undefined;
  /** `hang up`: it is not whole, and the client goes away instead of waiting. */
  readonly then: 'hang up' | 'wait for an answer';
}

/** Where webhooks are called. */
export type Path = '/mutate' | '/validate' | '/validate-credentialspec';

/** What a value is replaced by: whatever JSON can hold, with names that mean something to JavaScript. */
const JUNK = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(null, 0, -1, 1e308, true, '', 'x', [], {}, [[]], [null]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      JSON.parse('{"__proto__":{"allowed":true,"windowsOptions":{}}}') as unknown,
      { constructor: { prototype: { allowed: true } } },
      { toString: 1, valueOf: null, hasOwnProperty: 0, then: 'x' },
      { length: 4_294_967_295 },
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.nat(20_000).map((length) => 'a'.repeat(length)) },
);

const place = fc.nat({ max: 1_000_000 });

/** Bytes that mean something to parsers of text, JSON and HTTP, among any others. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0, 10, 13, 34, 92, 123, 125),
);

const HEADS = [
  { method: 'GET' },
  { method: 'PUT' },
  { method: 'BREW' },
  { method: 'post' },
  { path: '/' },
  { path: '/mutate/../validate' },
  { path: '/%00' },
  { path: '*' },
  { path: `/${'x'.repeat(20_000)}` },
  { version: 'HTTP/1.0' },
  { version: 'HTTP/9.9' },
  { contentType: 'text/plain' },
  { contentType: 'application/jsonp' },
  { contentType: '' },
  { headers: ['Content-Encoding: gzip'] },
  { headers: ['Content-Length: 7'] },
  { headers: ['Content-Length: -1'] },
  { headers: ['Transfer-Encoding: chunked'] },
  { headers: ['Expect: 100-continue'] },
  { headers: ['Expect: tea'] },
  { headers: ['Upgrade: websocket', 'Connection: upgrade'] },
  { headers: ['no colon'] },
  { headers: [': no name'] },
  { headers: [`X-Long: ${'y'.repeat(30_000)}`] },
  { headers: Array.from({ length: 300 }, (_, i) => `X-${i}: ${i}`) },
] as const satisfies readonly Head[];

interface Head {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly contentType?: string;
  readonly headers?: readonly string[];
}

const damage = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ what: fc.constant('value replaced'), at: place, by: JUNK }),
  },
  { weight: 15, arbitrary: fc.record({ what: fc.constant('member removed'), at: place }) },
  { weight: 10, arbitrary: fc.record({ what: fc.constant('text cut off'), at: place }) },
  {
    weight: 15,
    arbitrary: fc.record({
      what: fc.constant('bytes changed'),
      changes: fc.array(fc.record({ at: place, byte }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('text put in'),
      at: place,
      text: fc.constantFrom(
        ',',
        '"',
        '{',
        ']',
        '\\',
        '"uid":"x",',
        '"__proto__":{},',
        '\ud800',
        '\0',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('nested deeply'), depth: fc.nat(60_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('many containers'), count: fc.nat(200), by: JUNK }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('wrong head'), head: fc.constantFrom(...HEADS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('no HTTP'),
      // Empty lines may stand before a request (RFC 9112, section 2.2).
      bytes: fc
        .uint8Array({ minLength: 1, maxLength: 200 })
        .filter((bytes) => bytes.some((each) => each !== 10 && each !== 13)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('client gone'), at: place }) },
);

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

/** So many requests, each with a review of `reviews` that was whole before. */
export function damagedRequests(
  reviews: readonly { readonly path: Path; readonly review: object }[],
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly DamagedRequest[] {
  const request = fc
    .record({ from: fc.constantFrom(...reviews), how: damage })
    .map(({ from: { path, review }, how }) => spoil(path, review, how));
  return fc.sample(request, { seed, numRuns: count });
}

function spoil(path: Path, review: object, how: Damage): DamagedRequest {
  const whole = (body: Buffer): DamagedRequest => ({
    what: how.what,
    path,
    bytes: Buffer.concat([headOf(path, body), body]),
    body,
    then: 'wait for an answer',
  });
  const text = JSON.stringify(review);
  const at = (place: number): number => place % text.length;
  switch (how.what) {
    case 'value replaced':
      return whole(changed(review, how.at, (holder, key) => Reflect.set(holder, key, how.by)));
    case 'member removed':
      return whole(changed(review, how.at, (holder, key) => Reflect.deleteProperty(holder, key)));
    case 'text cut off':
      return whole(Buffer.from(text.slice(0, at(how.at))));
    case 'bytes changed': {
      const body = Buffer.from(text);
      for (const { at: index, byte: value } of how.changes) body[index % body.length] = value;
      return whole(body);
    }
    case 'text put in':
      return whole(Buffer.from(text.slice(0, at(how.at)) + how.text + text.slice(at(how.at))));
    case 'nested deeply': {
      const deep = '['.repeat(how.depth) + ']'.repeat(how.depth);
      return whole(Buffer.from(text.replace('"object":', `"deep":${deep},"object":`)));
    }
    case 'many containers':
      return whole(
        changed(review, 0, (_holder, _key, copy) => {
          const { object } = (copy as { request: { object: { spec?: object } } }).request;
          Reflect.set(object, 'spec', {
            ...object.spec,
            containers: Array(how.count).fill(how.by),
          });
        }),
      );
    case 'wrong head': {
      const body = Buffer.from(text);
      return {
        ...whole(body),
        bytes: Buffer.concat([headOf(path, body, how.head), body]),
        body: undefined,
      };
    }
    case 'no HTTP':
      return {
        ...whole(Buffer.from(text)),
        bytes: Buffer.concat([how.bytes, Buffer.from('\r\n\r\n')]),
        body: undefined,
      };
    case 'client gone': {
      const { bytes } = whole(Buffer.from(text));
      return {
        what: how.what,
        path,
        bytes: bytes.subarray(0, how.at % bytes.length),
        body: undefined,
        then: 'hang up',
      };
    }
  }
}

/** The text of the review with one of all its members changed. */
function changed(
  review: object,
  index: number,
  change: (holder: object, key: string, copy: object) => unknown,
): Buffer {
  const copy = structuredClone(review);
  const members = [...membersOf(copy)];
  const [holder, key] = members[index % members.length] ?? [copy, ''];
  change(holder, key, copy);
  return Buffer.from(JSON.stringify(copy));
}

function* membersOf(holder: object): Generator<readonly [object, string]> {
  for (const [key, value] of Object.entries(holder) as [string, unknown][]) {
    yield [holder, key];
    if (typeof value === 'object' && value !== null) yield* membersOf(value);
  }
}

function headOf(
  path: string,
  body: Buffer,
  {
    method = 'POST',
    path: other = path,
    version = 'HTTP/1.1',
    contentType,
    headers = [],
  }: Head = {},
): Buffer {
  return Buffer.from(
    [
      `${method} ${other} ${version}`,
      'Host: gmsa-operator-webhook.gmsa-operator-system.svc',
      `Content-Type: ${contentType ?? 'application/json'}`,
      `Content-Length: ${body.length}`,
      ...headers,
      '\r\n',
    ].join('\r\n'),
    'latin1',
  );
}
