// SPDX-License-Identifier: Apache-2.0
// What can be said of a request before its body is read. No header is believed further than it must be.
import type { IncomingMessage } from 'node:http';
import type { AdmissionPath } from '../handler.ts';
import { workTimeMs } from './deadline.ts';
import { type Refusal, REFUSALS, tooLarge, wrongContentType } from './refusal.ts';

/** The part of a request that decides. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'method' | 'url'>;

/** The head of a request that is worth reading on. */
export interface AcceptedHead {
  readonly accepted: true;
  readonly path: AdmissionPath;
  /** Bytes, where the client announces them. */
  readonly contentLength: number | undefined;
  /** Milliseconds within which it should be answered. */
  readonly workMs: number;
}

/** Whether to go on with a request; `path` where it is for one of ours. */
export type HeadDecision =
  | AcceptedHead
  | {
      readonly accepted: false;
      readonly path?: AdmissionPath | undefined;
      readonly refusal: Refusal;
    };

/** `application/json`, with or without parameters (RFC 9110, section 8.3.1). */
const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i;

/** Decides on a request by its head alone, with the code that RFC 9110 has for what is wrong with it. */
export function decideByHead(head: RequestHead, maxBodyBytes: number): HeadDecision {
  const { path, query } = splitUrl(head.url ?? '');
  if (!isAdmissionPath(path)) return { accepted: false, refusal: REFUSALS.unknownPath };
  const refuse = (refusal: Refusal): HeadDecision => ({ accepted: false, path, refusal });
  if (head.method !== 'POST') return refuse(REFUSALS.wrongMethod);
  const contentType = head.headers['content-type'];
  if (contentType === undefined || !JSON_TYPE.test(contentType)) {
    return refuse(wrongContentType(contentType));
  }
  const encoding = head.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return refuse(REFUSALS.encodedBody);
  // Node's parser has refused a value that is not a number, and several values.
  const announced = head.headers['content-length'];
  const contentLength = announced === undefined ? undefined : Number(announced);
  if (contentLength === 0) return refuse(REFUSALS.noBody);
  if (contentLength !== undefined && contentLength > maxBodyBytes) {
    return refuse(tooLarge(maxBodyBytes));
  }
  return { accepted: true, path, contentLength, workMs: workTimeMs(query) };
}

/** Most have the form `/path?query`; RFC 9112, section 3.2.2, wants the absolute one taken too. */
function splitUrl(url: string): { readonly path: string; readonly query: string } {
  if (!url.startsWith('/')) {
    const absolute = URL.parse(url);
    return { path: absolute?.pathname ?? '', query: absolute?.search.slice(1) ?? '' };
  }
  const mark = url.indexOf('?');
  return mark === -1
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function isAdmissionPath(path: string): path is AdmissionPath {
  return path === '/mutate' || path === '/validate' || path === '/validate-credentialspec';
}
