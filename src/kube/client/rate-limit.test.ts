// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../testing/fake-clock.ts';
import type { ApiRequest } from './client.ts';
import { rateLimited } from './rate-limit.ts';

/** A client of 10 requests a second, 3 at once, and the paths that it has sent. */
function limited() {
  const clock = createFakeClock();
  const sent: string[] = [];
  const client = rateLimited(
    {
      request: <T>({ path }: ApiRequest) => {
        sent.push(path);
        return Promise.resolve(undefined as T);
      },
    },
    { qps: 10, burst: 3, clock },
  );
  const get = (path: string, signal?: AbortSignal) =>
    client.request({ method: 'GET', path, signal });
  return { clock, sent, get };
}

describe('rateLimited', () => {
  it('sends a burst at once, and the rest in their order over time', async () => {
    const { clock, sent, get } = limited();
    for (const path of ['1', '2', '3', '4', '5']) void get(path);
    await clock.advance(0);
    expect(sent).toEqual(['1', '2', '3']);
    await clock.advance(100);
    expect(sent).toEqual(['1', '2', '3', '4']);
    await clock.advance(100);
    expect(sent).toEqual(['1', '2', '3', '4', '5']);
  });

  it('has the whole burst again after a while, and no more', async () => {
    const { clock, sent, get } = limited();
    for (const path of ['1', '2', '3']) void get(path);
    await clock.advance(60_000);
    for (const path of ['4', '5', '6', '7']) void get(path);
    await clock.advance(0);
    expect(sent).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('gives up as soon as the signal is aborted', async () => {
    const { clock, sent, get } = limited();
    for (const path of ['1', '2', '3']) void get(path);
    const abort = new AbortController();
    const waiting = expect(get('4', abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    abort.abort();
    await waiting;
    await clock.advance(1_000);
    expect(sent).toEqual(['1', '2', '3']);
  });
});
