// SPDX-License-Identifier: Apache-2.0
// Bodies of requests that cost most of what the admission server accepts: as many values, or as many bytes, as its
// limits allow, in the shapes that a JSON parser likes least.
import { HTTP_LIMITS } from '../../src/admission/https/limits.ts';

/** Values that the envelope around the object has, with some to spare. */
const ENVELOPE_VALUES = 40;
const ENVELOPE_BYTES = 500;

const VALUES = HTTP_LIMITS.maxJsonValues - ENVELOPE_VALUES;
const NAMES = HTTP_LIMITS.maxJsonNames - ENVELOPE_VALUES;
const BYTES = HTTP_LIMITS.maxBodyBytes - ENVELOPE_BYTES;

/** By what is in them. */
export const HOSTILE_BODIES: Readonly<Record<string, () => Buffer>> = {
  'empty containers': () => review(`{"spec":{"containers":[${repeated(VALUES, () => '{}')}]}}`),
  'empty objects': () => review(`{"x":[${repeated(VALUES, () => '{}')}]}`),
  'empty lists': () => review(`{"x":[${repeated(VALUES, () => '[]')}]}`),
  'small objects': () => review(`{"x":[${repeated(VALUES / 2, () => '{"a":1}')}]}`),
  // Of shapes of their own, whose names have to be remembered.
  'objects with names of their own': () =>
    review(`{"x":[${repeated(NAMES, (i) => `{"${key(i)}":1}`)}]}`),
  'objects with four names of their own': () =>
    review(
      `{"x":[${repeated(NAMES / 4, (i) => `{${['a', 'b', 'c', 'd'].map((k) => `"${k}${key(i)}":1`).join(',')}}`)}]}`,
    ),
  'objects of few names in many orders': () =>
    review(
      `{"x":[${repeated(
        VALUES / 9,
        (i) =>
          `{${permutation(i)
            .map((k) => `"${k}":1`)
            .join(',')}}`,
      )}]}`,
    ),
  'one object with many names': () => review(`{"x":{${repeated(NAMES, (i) => `"${key(i)}":1`)}}}`),
  'names that are numbers far apart': () =>
    review(`{"x":{${repeated(NAMES, (i) => `"${i * 41}":1`)}}}`),
  strings: () => review(`{"x":[${repeated(VALUES, (i) => `"${key(i)}xxxxxxxxxxxxxxxx"`)}]}`),
  numbers: () => review(`{"x":[${repeated(VALUES, (i) => (i % 2 === 0 ? '1.5' : 'null'))}]}`),
  'one long text': () => review(`{"x":"${'x'.repeat(BYTES)}"}`),
  // One character that takes two bytes in memory, so that all take two.
  'one long text of wide characters': () => review(`{"x":"${'x'.repeat(BYTES - 3)}€"}`),
  'long texts of wide characters': () =>
    review(`{"x":[${repeated(VALUES, () => `"${'y'.repeat(Math.floor(BYTES / VALUES) - 7)}€"`)}]}`),
  'a thousand containers with contents': () =>
    review(
      `{"spec":{"containers":[${repeated(1_000, (i) => `{"name":"${key(i)}","securityContext":{"windowsOptions":{"gmsaCredentialSpecName":"${key(i)}","gmsaCredentialSpec":"${'[[1],'.repeat(700)}"}}}`)}]}}`,
    ),
};

function key(i: number): string {
  return `k${i.toString(36)}`;
}

/** The index-th order of eight names. */
function permutation(index: number): readonly string[] {
  const rest = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  let code = index;
  const order: string[] = [];
  while (rest.length > 0) {
    order.push(...rest.splice(code % rest.length, 1));
    code = Math.floor(code / (rest.length + 1));
  }
  return order;
}

function repeated(count: number, item: (index: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, index) => item(index)).join(',');
}

function review(object: string): Buffer {
  return Buffer.from(
    `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"namespace":"default","operation":"CREATE","object":${object}}}`,
  );
}
