// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../kube/client/api-error.ts';
import type { ApiRequest, KubeClient } from '../../kube/client/client.ts';
import { decodeCredspec } from '../cached-credspec.ts';
import { writeStatus } from './write-status.ts';

const CREDSPEC = decodeCredspec({
  metadata: { name: 'number', uid: 'u', resourceVersion: '7' },
});

const LIVE =
  'failed to create typed live object (/number; windows.k8s.io/v1, Kind=GMSACredentialSpec): ';

/** An API server that answers apply and merge patch with these errors, or takes them. */
function server(apply: ApiError | undefined, merge?: ApiError) {
  const requests: (string | undefined)[] = [];
  const client: KubeClient = {
    request: <T>({ contentType }: ApiRequest) => {
      requests.push(contentType);
      const error = requests.length === 1 ? apply : merge;
      return error === undefined ? Promise.resolve({} as T) : Promise.reject(error);
    },
    watch: () => {
      throw new Error('nothing is watched');
    },
    close: () => undefined,
  };
  return { client, requests };
}

const refusal = (code: number, message: string) => new ApiError('PATCH', code, { message });

describe('writeStatus', () => {
  it.each([
    ['a field that the definition does not know', '.status.x: field not declared in schema'],
    [
      'contents that violate the schema',
      `${LIVE}.credspec.DomainJoinConfig.MachineAccountName: expected string, got &value.valueUnstructured{Value:4711}`,
    ],
    ['a status that violates it', `${LIVE}.status.conditions: element 0: associative list with`],
  ])('writes a merge patch where apply refuses %s', async (_, message) => {
    const { client, requests } = server(refusal(500, message));
    await writeStatus(client, CREDSPEC, {});
    expect(requests).toEqual(['application/apply-patch+yaml', 'application/merge-patch+json']);
  });

  it('names the field, and no value, where the API server takes neither', async () => {
    const { client } = server(
      refusal(
        500,
        `${LIVE}.credspec.ActiveDirectoryConfig.HostAccountConfig.PluginInput: expected string, got &value.valueUnstructured{Value:4711}`,
      ),
      refusal(422, 'is invalid: credspec…PluginInput: Invalid value: 4711'),
    );
    await expect(writeStatus(client, CREDSPEC, {})).rejects.toThrow(
      new Error(
        'The API server accepts no status for this credential spec, because credspec.ActiveDirectoryConfig.HostAccountConfig.PluginInput violates the schema. Access is reconciled all the same. To fix: correct the field.',
      ),
    );
  });

  it('passes on what is about something else', async () => {
    const { client, requests } = server(refusal(500, 'etcd has no space'));
    await expect(writeStatus(client, CREDSPEC, {})).rejects.toThrow('etcd has no space');
    expect(requests).toHaveLength(1);
  });
});
