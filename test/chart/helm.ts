// SPDX-License-Identifier: Apache-2.0
// Helm as a function, with settings of its own: nobody's repositories and plugins play a part in a test.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { provide } from '../support/control-plane/binaries.ts';

/** The chart's directory. */
export const CHART = fileURLToPath(new URL('../../charts/gmsa-operator', import.meta.url));

/** Release and namespace as docs/install.md has them. */
export const RELEASE = 'gmsa-operator';
export const NAMESPACE = 'gmsa-operator-system';

/** `code` is 128 when a signal ended Helm. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** See {@link startHelm}. */
export interface Helm {
  /** A non-zero exit code is a result, not an error. `values` are handed to `--values -`. */
  run(args: readonly string[], values?: object): Promise<HelmResult>;
  /** The objects of the chart, hooks left out. @throws Error with what Helm says. */
  render(values?: object, args?: readonly string[]): Promise<readonly ManifestObject[]>;
  /** Removes what Helm keeps. */
  close(): Promise<void>;
}

/** An object of Kubernetes, as a manifest has it. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Helm for a cluster, or for templates alone. It is built first where it is not there yet. */
export async function startHelm(kubeconfig = '/dev/null'): Promise<Helm> {
  const { helm } = await provide(['helm']);
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-helm-'));
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(directory, 'cache'),
    HELM_CONFIG_HOME: join(directory, 'config'),
    HELM_DATA_HOME: join(directory, 'data'),
  };

  const run: Helm['run'] = (args, values) =>
    new Promise((resolve, reject) => {
      const all = values === undefined ? args : [...args, '--values', '-'];
      const child = spawn(helm, all, { env });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code: code ?? 128, stdout, stderr });
      });
      // Helm may end without having read it.
      child.stdin.on('error', () => undefined);
      child.stdin.end(JSON.stringify(values ?? {}));
    });

  return {
    run,
    async render(values = {}, args = []) {
      const template = ['template', RELEASE, CHART, '--namespace', NAMESPACE, '--no-hooks'];
      const { code, stdout, stderr } = await run([...template, ...args], values);
      if (code !== 0) throw new Error(stderr);
      return objectsOf(stdout);
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The objects in a stream of YAML documents. @throws Error where one is no YAML. */
export function objectsOf(yaml: string): readonly ManifestObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as ManifestObject | null;
    return object === null ? [] : [object];
  });
}

/** `kind namespace/name`. */
export function identityOf({ kind, metadata: { name, namespace } }: ManifestObject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The one object of that identity. @throws Error where it is not there. */
export function objectNamed(objects: readonly ManifestObject[], identity: string): ManifestObject {
  const found = objects.find((object) => identityOf(object) === identity);
  if (found !== undefined) return found;
  throw new Error(`there is no ${identity}, only ${objects.map(identityOf).join(', ')}`);
}
