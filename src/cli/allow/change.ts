// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa allow` and `kubectl gmsa revoke`: change the annotation in the cluster or in a file.
import { ALLOWED_SERVICE_ACCOUNTS_ANNOTATION as ANNOTATION } from '../../api/credspec.ts';
import { printable, quoted } from '../../api/printable.ts';
import { assertEntry, entryOf } from '../allowed-entries.ts';
import { printAnswer } from '../answer.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { FlagValues } from '../../flags/flag.ts';
import { assertCredspecName } from '../credspecs.ts';
import type { Verdict } from '../exit-code.ts';
import { decodeText, encodeText, type TextEncoding } from '../documents/decode-text.ts';
import type { CommandInput } from '../command.ts';
import type { TextOutput } from '../io.ts';
import { escapeUnsafe } from '../unsafe-characters.ts';
import { type AllowedChange, type ChangeKind, plannedChange } from './allowed-change.ts';
import { changeAnswer, type ChangeReport } from './change-answer.ts';
import { changeInCluster } from './change-in-cluster.ts';
import type { CHANGE_FLAGS } from './command.ts';
import { entriesIn } from './entry-text.ts';
import { gitOpsManager } from './gitops.ts';
import { inForce } from './in-force.ts';
import { isTakenBackByApply } from './last-applied.ts';

type Input = CommandInput<typeof CHANGE_FLAGS>;
type Flags = FlagValues<typeof CHANGE_FLAGS>;

/** The code of one of the commands. */
export function runAs(kind: ChangeKind): (input: Input) => Promise<Verdict> {
  return async (input) => {
    const {
      args: [name = '', ...given],
      flags,
      io,
    } = input;
    assertCredspecName(name);
    assertFlagsFit(flags);
    const entries = [...new Set(given.map((text) => entryOf(text, flags.namespace)))];
    if (kind === 'allow') entries.forEach(assertEntry);
    const plan = (annotation: string): AllowedChange => {
      // What is wrong may be taken away all the same.
      const present = entriesIn(annotation);
      for (const entry of entries) if (!present.includes(entry)) assertEntry(entry);
      return plannedChange(kind, annotation, entries);
    };
    const report = await (flags.file === undefined
      ? changeCluster(input, name, kind, plan)
      : changeFile(input, name, flags.file, plan));
    // The edited file is on stdout then, and must be alone there.
    const told = report.place === 'stdout' ? { ...io, stdout: io.stderr } : io;
    await printAnswer(told, flags.output, changeAnswer(report));
    const stays = report.change.outcomes.some(({ outcome }) => outcome === 'still-covered');
    return stays ? 'no' : 'ok';
  };
}

/** @throws CliError where flags exclude each other. */
function assertFlagsFit({ dryRun, wait, file }: Flags): void {
  if (wait && dryRun !== 'none') {
    throw usageError('--wait has nothing to wait for with --dry-run: give one of them');
  }
  if (file !== undefined && (wait || dryRun === 'server')) {
    throw usageError(
      `${wait ? '--wait' : '--dry-run=server'} is for the cluster, and --file for a file: give one of them`,
    );
  }
}

async function changeCluster(
  { flags, withCluster }: Input,
  name: string,
  kind: ChangeKind,
  plan: (annotation: string) => AllowedChange,
): Promise<ChangeReport> {
  const { dryRun, force, wait, timeout } = flags;
  return withCluster(flags, async ({ client }) => {
    const change = await changeInCluster(client, {
      name,
      dryRun,
      plan({ metadata }) {
        const planned = plan(metadata.annotations?.[ANNOTATION] ?? '');
        const { before, after } = planned;
        const manager =
          gitOpsManager(metadata) ??
          (isTakenBackByApply(metadata, after) ? 'kubectl apply' : undefined);
        if (manager !== undefined && !force && after !== before) {
          throw managedBy(manager, name, kind, planned);
        }
        return planned;
      },
    });
    const done = { name, change, place: 'cluster', dryRun };
    if (!wait) return done;
    const missingNamespaces = await inForce(client, { name, change, timeoutMs: timeout });
    return { ...done, inForce: { missingNamespaces } };
  });
}

/** What edits the source. */
const EDIT_COMMANDS = {
  allow: 'kubectl gmsa allow --file',
  revoke: 'kubectl gmsa revoke --file',
} as const satisfies Readonly<Record<ChangeKind, string>>;

function managedBy(
  manager: string,
  name: string,
  kind: ChangeKind,
  { after }: AllowedChange,
): CliError {
  const edit =
    after === ''
      ? `remove metadata.annotations["${ANNOTATION}"]`
      : `set metadata.annotations["${ANNOTATION}"] to ${JSON.stringify(after)}`;
  return new CliError(`credspec ${quoted(name)} is managed by ${manager}, which would undo this`, {
    hint: `${edit} at its source (${EDIT_COMMANDS[kind]} edits a YAML file); --force changes the cluster all the same`,
  });
}

async function changeFile(
  { flags: { dryRun }, io }: Input,
  name: string,
  file: string,
  plan: (annotation: string) => AllowedChange,
): Promise<ChangeReport> {
  const decoded = decodeText(await io.readFile(file));
  if ('problem' in decoded) {
    throw new CliError(`${file}: this is ${decoded.problem}`, {
      hint: 'give the YAML or JSON file that has the GMSACredentialSpec',
    });
  }
  const { editManifest } = await import('./edit-manifest.ts');
  const { text, change } = editManifest(decoded.text, { file, name, plan });
  const toStdout = file === '-' || dryRun === 'client';
  if (toStdout) printEdited(io.stdout, text, decoded.encoding);
  else if (text !== decoded.text) {
    await io.editFile(file, encodeText(text, decoded.encoding));
  }
  const place = toStdout ? 'stdout' : file;
  return { name, change, place, dryRun };
}

/** A terminal shows text; a file or a program gets the bytes of the edited file. */
function printEdited(stdout: TextOutput, text: string, encoding: TextEncoding): void {
  stdout.write(stdout.isTerminal ? escapeUnsafe(text, printable) : encodeText(text, encoding));
}
