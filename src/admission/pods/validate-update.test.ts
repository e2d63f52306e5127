// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Pod, WindowsOptions } from './pod.ts';
import { pod, windows } from '../testing/pods.ts';
import { validateUpdate } from './validate-update.ts';

const AS_IT_WAS = { gmsaCredentialSpecName: 'webapp1', gmsaCredentialSpec: '{}' };

/** Pods that have these options at one place each. */
const PLACES: Readonly<Record<string, (options: WindowsOptions) => Pod>> = {
  'pod "web"': (options) => pod(windows(options)),
  'container "a"': (options) => pod({ containers: [{ name: 'a', ...windows(options) }] }),
  'container "b"': (options) => pod({ initContainers: [{ name: 'b', ...windows(options) }] }),
  'container "c"': (options) => pod({ ephemeralContainers: [{ name: 'c', ...windows(options) }] }),
};

describe.each(Object.entries(PLACES))('an update of %s', (place, withOptions) => {
  it.each<[string, WindowsOptions, string]>([
    ['another name', { ...AS_IT_WAS, gmsaCredentialSpecName: 'other' }, 'name'],
    ['no name', { gmsaCredentialSpec: '{}' }, 'name'],
    ['other contents', { ...AS_IT_WAS, gmsaCredentialSpec: '{ }' }, 'contents'],
    ['no contents', { ...AS_IT_WAS, gmsaCredentialSpec: null }, 'contents'],
    ['nothing', {}, 'name and contents'],
    ['something else', { gmsaCredentialSpecName: '', gmsaCredentialSpec: '' }, 'name and contents'],
  ])('to %s is denied', (_, options, what) => {
    expect(
      validateUpdate({ type: 'update', pod: withOptions(options), oldPod: withOptions(AS_IT_WAS) }),
    ).toEqual({
      allowed: false,
      denial: {
        code: 403,
        message: `cannot update an existing pod's GMSA settings (GMSA ${what} modified on ${place})`,
      },
      credspecs: [],
    });
  });

  it('that brings a GMSA is denied', () => {
    const change = { pod: withOptions(AS_IT_WAS), oldPod: withOptions({ hostProcess: false }) };
    expect(validateUpdate({ type: 'update', ...change })).toMatchObject({ denial: { code: 403 } });
  });

  it('that leaves its GMSA alone is allowed, though nobody may use it any more', () => {
    const change = { pod: withOptions({ ...AS_IT_WAS }), oldPod: withOptions(AS_IT_WAS) };
    expect(validateUpdate({ type: 'update', ...change })).toMatchObject({ allowed: true });
  });
});

it('a security context that is gone is a change', () => {
  const oldPod = pod({ containers: [{ name: 'a', ...windows(AS_IT_WAS) }] });
  const updated = pod({ containers: [{ name: 'a' }] });
  expect(validateUpdate({ type: 'update', pod: updated, oldPod })).toMatchObject({
    allowed: false,
  });
});

it('containers that changed places in their list are compared with themselves', () => {
  const [a, b] = [{ name: 'a', ...windows(AS_IT_WAS) }, { name: 'b' }];
  const change = { pod: pod({ containers: [b, a] }), oldPod: pod({ containers: [a, b] }) };
  expect(validateUpdate({ type: 'update', ...change })).toMatchObject({ allowed: true });
});

it('containers that are only in one of the pods are not compared', () => {
  const change = {
    pod: pod({ containers: [{ name: 'a' }], ephemeralContainers: [windows(AS_IT_WAS)] }),
    oldPod: pod({ containers: [{ name: 'gone', ...windows(AS_IT_WAS) }] }),
  };
  expect(validateUpdate({ type: 'update', ...change })).toMatchObject({ allowed: true });
});
