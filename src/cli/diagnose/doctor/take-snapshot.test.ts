// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from '../../../kube/client/api-error.ts';
import type { KubeClient } from '../../../kube/client/client.ts';
import { examine } from './examine.ts';
import { takeSnapshot } from './take-snapshot.ts';

const FORBIDDEN: KubeClient = {
  request: ({ path }) => Promise.reject(new ApiError(`GET ${path}`, 403, { message: 'no' })),
  watch: () => {
    throw new Error('nothing is watched');
  },
  close: () => undefined,
};

describe('takeSnapshot', () => {
  it('goes on where nothing at all may be read, so that all of it is told', async () => {
    const snapshot = await takeSnapshot(
      { client: FORBIDDEN, kubeConfig: new KubeConfig() },
      { namespace: 'gmsa-operator-system', plugin: '0.1.0', now: new Date() },
    );
    const findings = examine(snapshot);
    expect(findings.map(({ severity }) => severity)).toEqual(findings.map(() => 'unknown'));
    expect(findings.map(({ message }) => message)).toContain(
      'you may not read the version of Kubernetes',
    );
  });
});
