// SPDX-License-Identifier: Apache-2.0
// The official prebuilt kube-apiserver, etcd and kubectl, fetched and checked by setup-envtest
// where the network reaches them.
import { readdirSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from './cache.ts';
import { makeOnce } from './staging.ts';
import { minorOf, SETUP_ENVTEST_VERSION } from './versions.ts';

/** Where setup-envtest finds what there is to fetch, with checksums. */
export const PREBUILT_INDEX =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

const SETUP_ENVTEST = `sigs.k8s.io/controller-runtime/tools/setup-envtest@v${SETUP_ENVTEST_VERSION}`;
const PROBE_TIMEOUT_MS = 3_000;
const FETCH_TIMEOUT_MS = 5 * 60_000;

export interface PrebuiltRequest {
  /** Kubernetes version, `1.37.2`. */
  readonly version: string;
  /** Whether another patch release of the same minor is no good. */
  readonly exact: boolean;
  /** The cache's root. */
  readonly root: string;
  readonly index?: string;
}

/** The directory with prebuilt programs that were fetched earlier, the newest that fits. */
export function fetchedEarlier({ version, exact, root }: PrebuiltRequest): string | undefined {
  const store = storeIn(root);
  const suffix = `-${platform()}`;
  const fitting = listed(store)
    .filter((entry) => entry.endsWith(suffix))
    .map((entry) => entry.slice(0, -suffix.length))
    .filter((found) => (exact ? found === version : minorOf(found) === minorOf(version)))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const newest = fitting.at(-1);
  return newest === undefined ? undefined : join(store, `${newest}${suffix}`);
}

/**
 * Fetches them and returns their directory, or `undefined` if the network does not reach them or
 * that version is not among them: the log says why, and the caller builds instead.
 */
export async function fetchPrebuilt(
  request: PrebuiltRequest,
  log: (line: string) => void,
): Promise<string | undefined> {
  const { version, exact, root, index = PREBUILT_INDEX } = request;
  if (!(await reaches(index))) return undefined;
  const wanted = exact ? version : `${minorOf(version)}.x`;
  const title = `prebuilt kube-apiserver, etcd and kubectl ${wanted}`;
  try {
    return await makeOnce(
      { root, name: 'envtest', title, log },
      () => fetchedEarlier(request),
      async ({ directory, go }) => {
        log(`fetching ${title}, once per machine`);
        const args = ['use', wanted, `--bin-dir=${directory}`, `--index=${index}`];
        await go(['run', SETUP_ENVTEST, ...args], FETCH_TIMEOUT_MS);
        await moveIntoPlace(directory, root);
        return fetchedEarlier(request);
      },
    );
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** setup-envtest's layout: `k8s/<version>-<os>-<arch>/<program>`. */
async function moveIntoPlace(from: string, root: string): Promise<void> {
  await mkdir(storeIn(root), { recursive: true });
  for (const entry of await readdir(join(from, 'k8s'))) {
    await rename(join(from, 'k8s', entry), join(storeIn(root), entry));
  }
}

function storeIn(root: string): string {
  return join(root, 'envtest', 'k8s');
}

async function reaches(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    return (await fetch(url, { method: 'HEAD', signal })).ok;
  } catch {
    return false;
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
