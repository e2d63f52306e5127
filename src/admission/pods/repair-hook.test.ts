// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Addition } from '../review/decision.ts';
import type { Pod } from './pod.ts';
import { addRepairHook, REPAIR_COMMAND } from './repair-hook.ts';
import { creationOf, gmsa, pod, windows } from '../testing/pods.ts';

const ANNOTATION = 'gmsa-operator.io/repair-secure-channel';
const HOOK = { exec: { command: REPAIR_COMMAND } };

function hook(spec: Pod['spec'], annotation = 'true'): Addition {
  return addRepairHook(creationOf(pod(spec, { [ANNOTATION]: annotation })));
}

function paths(spec: Pod['spec']): readonly string[] {
  return hook(spec).patch.map(({ path }) => path);
}

describe('the repair hook', () => {
  it('is added to containers with a GMSA of their own', () => {
    const containers = [{ name: 'a' }, { name: 'b', ...gmsa('webapp1', 'inlined') }];
    expect(hook({ containers })).toEqual({
      patch: [{ op: 'add', path: '/spec/containers/1/lifecycle', value: { postStart: HOOK } }],
      warnings: [],
    });
  });

  it("is added to all containers under the pod's GMSA, sidecars included", () => {
    const spec = {
      ...gmsa('webapp1'),
      containers: [{ name: 'a' }, { name: 'b' }],
      initContainers: [
        { name: 'c' },
        { name: 'd', restartPolicy: 'Always' },
        { name: 'e', restartPolicy: 'Never' },
      ],
      ephemeralContainers: [{ name: 'f', restartPolicy: 'Always' }],
    };
    expect(paths(spec)).toEqual([
      '/spec/containers/0/lifecycle',
      '/spec/containers/1/lifecycle',
      '/spec/initContainers/1/lifecycle',
    ]);
  });

  it('leaves the other hooks of a container alone', () => {
    const lifecycle: object = { preStop: { sleep: { seconds: 5 } } };
    expect(hook({ containers: [{ ...gmsa('webapp1'), lifecycle }] }).patch).toEqual([
      { op: 'add', path: '/spec/containers/0/lifecycle/postStart', value: HOOK },
    ]);
  });

  it('takes null for a hook that is not there', () => {
    const containers = [
      { ...gmsa('webapp1'), lifecycle: null },
      { ...gmsa('webapp1'), lifecycle: { postStart: null } },
    ];
    expect(paths({ containers })).toEqual([
      '/spec/containers/0/lifecycle',
      '/spec/containers/1/lifecycle/postStart',
    ]);
  });

  it('is not added where a container has one of its own', () => {
    const lifecycle = { postStart: { exec: { command: ['mine'] } } };
    expect(hook({ containers: [{ ...gmsa('webapp1'), lifecycle }] })).toEqual({
      patch: [],
      warnings: [],
    });
  });

  it('is not added to HostProcess containers, and a warning names them', () => {
    const spec = {
      ...windows({ gmsaCredentialSpecName: 'webapp1', hostProcess: true }),
      containers: [{ name: 'a' }, { name: 'b', ...windows({ hostProcess: false }) }, { name: 'c' }],
    };
    expect(hook(spec)).toEqual({
      patch: [{ op: 'add', path: '/spec/containers/1/lifecycle', value: { postStart: HOOK } }],
      warnings: [
        `no repair hook in HostProcess container "a", "c", where it would restart the netlogon service of the node: annotation ${ANNOTATION} has no effect there`,
      ],
    });
  });

  it("takes a container's own word on HostProcess before the pod's", () => {
    const containers = [{ name: 'a', ...windows({ hostProcess: true }) }];
    expect(hook({ ...gmsa('webapp1'), containers })).toMatchObject({
      patch: [],
      warnings: [expect.stringContaining('"a"')],
    });
  });

  it.each(['false', undefined])('is not added where the annotation is %s', (value) => {
    const created = pod(gmsa('webapp1'), value === undefined ? undefined : { [ANNOTATION]: value });
    expect(addRepairHook(creationOf(created))).toEqual({ patch: [], warnings: [] });
  });

  it('is not added where the annotation says something else, with a warning', () => {
    expect(hook({ containers: [gmsa('webapp1')] }, 'on')).toEqual({
      patch: [],
      warnings: [
        `annotation ${ANNOTATION}: "on" is ignored, and the default holds: write "true" or "false"`,
      ],
    });
  });
});

describe('the command of the repair hook', () => {
  const [program, ...args] = REPAIR_COMMAND;
  const line = args.at(-1) ?? '';
  const [powershell = '', last = '', ...rest] = line.split('&');

  it('is one line for cmd, which takes off just the quotes that the container runtime puts on', () => {
    expect(program).toBe('cmd.exe');
    expect(args.slice(0, -1)).toEqual(['/S', '/C']);
    expect(line).toContain(' ');
    expect(line).not.toMatch(/[\r\n"]/);
  });

  it('ends well, whatever comes of the repair', () => {
    expect(rest).toEqual([]);
    expect(last.trim()).toBe('exit 0');
  });

  it('has nothing in the script that cmd would take for itself, and no unbalanced quote or bracket', () => {
    expect(powershell).toMatch(/^powershell\.exe -NoProfile -NonInteractive -Command /);
    expect(powershell).not.toMatch(/[|<>^%!]/);
    // Kubernetes expands $(NAME) in the commands of containers; a hook had better not look like that.
    expect(powershell).not.toContain('$(');
    expect((powershell.match(/'/g) ?? []).length % 2).toBe(0);
    for (const [open, close] of ['()', '{}', '[]'] as const) {
      expect(powershell.split(open ?? '').length).toBe(powershell.split(close ?? '').length);
    }
  });

  it('is bounded in time, and short enough for cmd', () => {
    expect(line).toContain('WaitOne(60000)');
    expect(line).toContain('[Environment]::Exit(0)');
    expect(line.length).toBeLessThan(8000);
  });
});
