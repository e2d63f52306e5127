// SPDX-License-Identifier: Apache-2.0
// Secrets and ConfigMaps that a Deployment mounts, for its container as a process on this machine: the files are
// written into a directory, and the arguments name them there. Later changes do not reach them.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestCluster } from '../support/test-cluster.ts';
import type { PodSpec, Volume } from './workload.ts';

/** The arguments of the pod's only container, with the mounted files below `directory`. */
export async function argumentsWithMounts(
  {
    cluster,
    namespace,
  }: { readonly cluster: Pick<TestCluster, 'get'>; readonly namespace: string },
  { containers: [{ args, volumeMounts = [] }], volumes = [] }: PodSpec,
  directory: string,
): Promise<readonly string[]> {
  let moved = args;
  for (const { name, mountPath } of volumeMounts) {
    const volume = volumes.find((each) => each.name === name);
    const files = volume && (await filesOf(cluster, namespace, volume));
    if (files === undefined) continue;
    for (const [path, contents] of Object.entries(files)) {
      const file = join(directory, name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, contents);
    }
    moved = moved.map((arg) => arg.replace(`=${mountPath}/`, `=${join(directory, name)}/`));
  }
  return moved;
}

/** By their paths in the volume; undefined where it is neither a Secret nor a ConfigMap. */
async function filesOf(
  cluster: Pick<TestCluster, 'get'>,
  namespace: string,
  { secret, configMap }: Volume,
): Promise<Readonly<Record<string, Buffer>> | undefined> {
  const source = secret ?? configMap;
  if (source === undefined) return undefined;
  const path =
    secret === undefined ? `configmaps/${configMap?.name ?? ''}` : `secrets/${secret.secretName}`;
  const object = await cluster.get<{ readonly data?: Readonly<Record<string, string>> }>(
    `/api/v1/namespaces/${namespace}/${path}`,
  );
  const data = object?.data ?? {};
  const items = source.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const encoding = secret === undefined ? 'utf8' : 'base64';
  return Object.fromEntries(
    items.map(({ key, path: file }) => [file, Buffer.from(data[key] ?? '', encoding)]),
  );
}
