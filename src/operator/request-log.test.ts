// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../kube/testing/fake-clock.ts';
import { createRecordingLogger } from '../kube/testing/recording-logger.ts';
import { createRequestLog } from './request-log.ts';

describe('createRequestLog', () => {
  it('writes each message at a bounded rate, and says how many it left out', async () => {
    const clock = createFakeClock();
    const log = createRecordingLogger();
    const write = createRequestLog(log, clock);
    for (let i = 0; i < 1_000; i += 1) write('info', 'Admission decided', { name: `pod-${i}` });
    expect(log.lines).toHaveLength(100);
    await clock.advance(1_000);
    for (let i = 0; i < 1_000; i += 1) write('info', 'Admission decided', { name: `late-${i}` });
    expect(log.lines).toHaveLength(110);
    expect(log.lines.slice(99, 102).map(({ fields }) => fields)).toEqual([
      { name: 'pod-99' },
      { name: 'late-0', suppressed: 900 },
      { name: 'late-1' },
    ]);
  });

  it('writes other messages, and other levels, meanwhile', () => {
    const log = createRecordingLogger();
    const write = createRequestLog(log, createFakeClock());
    for (let i = 0; i < 1_000; i += 1) write('debug', 'TLS handshake failed', {});
    write('error', 'Admission failed', { path: '/mutate' });
    write('info', 'Admission decided', {});
    expect(log.lines.slice(100).map(({ level, message }) => [level, message])).toEqual([
      ['error', 'Admission failed'],
      ['info', 'Admission decided'],
    ]);
  });
});
