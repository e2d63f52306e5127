// SPDX-License-Identifier: Apache-2.0
// The connection is tested on a real API server, in test/cli; the kubelet there tells no exit codes.
import { describe, expect, it } from '@jest/globals';
import { execResult } from './exec.ts';

describe('execResult', () => {
  it('takes the exit code from the causes', () => {
    const status = {
      status: 'Failure',
      message: 'command terminated with non-zero exit code',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    };
    expect(execResult(status, 'out', 'err')).toEqual({
      type: 'ran',
      stdout: 'out',
      stderr: 'err',
      exitCode: 3,
    });
  });

  it('knows a program that never ran by the missing exit code', () => {
    const message = 'Internal error occurred: executable file not found in $PATH';
    expect(execResult({ status: 'Failure', message }, '', '')).toEqual({
      type: 'not-started',
      message,
    });
    expect(execResult({ status: 'Failure' }, '', '')).toEqual({
      type: 'not-started',
      message: 'no reason is given',
    });
  });

  it('takes Success for exit code 0', () => {
    expect(execResult({ status: 'Success' }, 'out', '')).toMatchObject({ exitCode: 0 });
  });
});
