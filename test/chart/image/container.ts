// SPDX-License-Identifier: Apache-2.0
// The image, run without a container runtime: the file tree that the Dockerfile copies as the root of a
// process, read-only, with process IDs of its own, under the image's user and without rights. The base
// image is a stand-in: Node as the tests run it, with the libraries of this machine that it is linked to.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSupervisor } from '../../support/control-plane/supervised.ts';
import { type ImageSettings, readImageSettings } from './image-settings.ts';

/** A program that runs in a container. */
export interface Container {
  /** What it wrote until now, stdout and stderr. */
  output(): Promise<string>;
  /** Resolves with how it ended: `exit code 0`. */
  readonly exited: Promise<string>;
  /** The mounts that it sees: where, and whether they can be written to. */
  mounts(): Promise<readonly { readonly path: string; readonly writable: boolean }[]>;
  /** As a container runtime stops it: SIGTERM to the program alone. */
  terminate(): Promise<void>;
}

/** See {@link buildImage}. */
export interface Image {
  readonly settings: ImageSettings;
  /** Every file of the staged tree, sorted; paths from the root. */
  readonly files: readonly string[];
  /** Runs the image with arguments; `directories` are mounted read-only at the paths that are their keys. */
  run(
    args: readonly string[],
    options?: {
      readonly environment?: Readonly<Record<string, string>>;
      readonly directories?: Readonly<Record<string, string>>;
      readonly entrypoint?: readonly string[];
    },
  ): Promise<Container>;
  /** Kills what runs and removes the files. */
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Why containers cannot be made here, or `undefined` where they can. */
export async function whyNoContainers(): Promise<string | undefined> {
  if (process.platform !== 'linux')
    return 'a read-only root is made with mount namespaces of Linux';
  try {
    await run('unshare', [...NAMESPACES, 'mount', '--bind', '/proc', '/proc']);
    await run('setpriv', ['--version']);
    return undefined;
  } catch (error) {
    return `no mount namespaces, which take root and util-linux: ${String(error)}`;
  }
}

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--propagation=private'];

/** Node and what it loads must be at the same place as in the base image: the entry point names it. */
const NODE = '/nodejs/bin/node';

/** Stages the tree from dist/ (`make build`). */
export async function buildImage(): Promise<Image> {
  const settings = await readImageSettings();
  const directory = await mkdtemp(join(tmpdir(), 'gmsa-operator-image-'));
  const supervisor = openSupervisor(directory);
  const root = join(directory, 'root');
  await mkdir(root);
  const script = fileURLToPath(new URL('../../../scripts/stage-image.ts', import.meta.url));
  await run(process.execPath, [script, root]);
  const files = await filesBelow(root);
  let count = 0;

  return {
    settings,
    files,
    async run(args, { environment = {}, directories = {}, entrypoint = settings.entrypoint } = {}) {
      const mounted = {
        ...{ [NODE]: process.execPath, ...(await sharedLibraries(process.execPath)) },
        ...{ '/dev/null': '/dev/null', '/dev/urandom': '/dev/urandom' },
      };
      for (const file of Object.keys(mounted)) await placeFor(join(root, file), 'file');
      for (const path of ['/proc', '/tmp', ...Object.keys(directories)]) {
        await placeFor(join(root, path), 'directory');
      }
      const logFile = join(directory, `${String(++count)}.log`);
      const program = [
        ...['env', '-i', ...assignments({ ...settings.environment, ...environment, PATH })],
        ...['setpriv', '--no-new-privs', 'chroot', `--userspec=${settings.user}`, '--groups='],
        ...[root, ...entrypoint, ...args],
      ];
      const child = await supervisor.spawn({
        file: 'unshare',
        args: [
          ...[...NAMESPACES, 'sh', '-euc', SETUP, 'setup', root],
          ...[bindLines({ ...mounted, ...directories }), ...program],
        ],
        cwd: directory,
        logFile,
      });
      const inside = (): Promise<string> => onlyChild(child.pid);
      return {
        output: () => readFile(logFile, 'utf8'),
        exited: child.exited,
        mounts: async () => mountsOf(await readFile(`/proc/${await inside()}/mountinfo`, 'utf8')),
        async terminate() {
          process.kill(Number(await inside()), 'SIGTERM');
        },
      };
    },
    close: () => supervisor.close(),
  };
}

/** Makes the root and becomes the program. Arguments: root, lines of `source target`, the program's. */
const SETUP = `
root=$1 binds=$2
shift 2
mount --bind "$root" "$root"
printf '%s\\n' "$binds" | while read -r source target; do
  mount --bind "$source" "$root$target"
  case $target in /dev/*) ;; *) mount -o remount,bind,ro "$root$target" ;; esac
done
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec "$@"
`;

/** Of the programs that lead to ours: they are this machine's, for the root has none. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function assignments(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function bindLines(binds: Readonly<Record<string, string>>): string {
  return Object.entries(binds)
    .map(([target, source]) => `${source} ${target}`)
    .join('\n');
}

/** Every file below a directory, sorted; paths from there. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length))
    .sort();
}

/** Something to mount over: a mount needs its place. */
async function placeFor(path: string, kind: 'directory' | 'file'): Promise<void> {
  await mkdir(kind === 'directory' ? path : dirname(path), { recursive: true });
  if (kind === 'file') await writeFile(path, '');
}

/** Paths of what a program is linked to, each for itself. */
async function sharedLibraries(program: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await run('ldd', [program]);
  const paths = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  return Object.fromEntries(paths.map((path) => [path, path]));
}

/** unshare(1) stays outside, as the parent of the first process in the namespaces. */
async function onlyChild(pid: number): Promise<string> {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return children.trim();
}

/** Of proc_pid_mountinfo(5): the fifth field is where, the sixth how. */
function mountsOf(mountinfo: string): { readonly path: string; readonly writable: boolean }[] {
  return mountinfo
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, , , , path = '', options = '']) => ({
      path,
      writable: options.split(',').includes('rw'),
    }));
}
