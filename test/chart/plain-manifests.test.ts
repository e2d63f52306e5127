// SPDX-License-Identifier: Apache-2.0
// The plain manifests of config/ and the chart are two ways to the same objects.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { provide } from '../support/control-plane/binaries.ts';
import { kubectlWith } from '../support/control-plane/cluster-access.ts';
import { CHART, type Helm, identityOf, type ManifestObject, objectsOf, startHelm } from './helm.ts';

jest.setTimeout(60_000);

const project = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let helm: Helm;
let kubectlPath: string;

beforeAll(async () => {
  helm = await startHelm();
  kubectlPath = (await provide(['kubectl'])).kubectl;
});

afterAll(() => helm.close());

async function kustomize(directory: string): Promise<readonly ManifestObject[]> {
  const kubectl = kubectlWith(kubectlPath, '/dev/null', '/nonexistent');
  const { code, stdout, stderr } = await kubectl(['kustomize', project(directory)]);
  if (code !== 0) throw new Error(stderr);
  return objectsOf(stdout);
}

describe('the objects of config/ are those of the chart', () => {
  it.each([
    ['config/default', {}],
    [
      'config/overlays/external-certificates',
      { admission: { certificates: { mode: 'external' } } },
    ],
    [
      'config/overlays/client-ca',
      { admission: { clientCa: { configMapName: 'gmsa-operator-webhook-client-ca' } } },
    ],
    ['config/overlays/secure-metrics', { metrics: { secure: true } }],
    ['config/overlays/cert-manager', { admission: { certificates: { mode: 'cert-manager' } } }],
  ])('%s', async (directory, values) => {
    const plain = withoutNamespace(await kustomize(directory));
    const chart = await helm.render(values);
    expect(plain.map(identityOf).sort()).toEqual(chart.map(identityOf).sort());
    for (const object of plain) {
      const counterpart = chart.find((other) => identityOf(other) === identityOf(object));
      expect(comparable(counterpart)).toEqual(comparable(object));
    }
  });
});

it("the chart's CustomResourceDefinition is that of crds/, byte for byte", async () => {
  const file = 'windows.k8s.io_gmsacredentialspecs.yaml';
  expect(await readFile(`${CHART}/files/${file}`, 'utf8')).toBe(
    await readFile(project(`crds/${file}`), 'utf8'),
  );
});

/** Helm makes the namespace itself (`--create-namespace`). */
function withoutNamespace(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  return objects.filter(({ kind }) => kind !== 'Namespace');
}

/** What only Helm writes, or has another value for it. */
const OF_HELM = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
  'helm.sh/resource-policy',
]);

/**
 * The same without that, at every level: selectors have labels, too. Kustomize doubles line breaks in
 * folded text, which is CEL here and means the same.
 */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\n+/g, '\n');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OF_HELM.has(key))
      .map(([key, each]) => [key, comparable(each)]),
  );
}
