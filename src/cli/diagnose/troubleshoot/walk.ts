// SPDX-License-Identifier: Apache-2.0
// Along the chain, up to the first broken link. What the cluster knows is judged first; then programs are
// run in the container, one look after the other, for each costs seconds where something is wrong.
import type { ExecResult } from '../../../kube/pods/exec.ts';
import { ApiError, classifyError } from '../../../kube/client/api-error.ts';
import { shownMessage } from '../shown-message.ts';
import {
  type Command,
  type LinkFinding,
  type Probe,
  type ProbeSubject,
  unknown,
  type Verdict,
} from './link.ts';
import { DNS_PROBE } from './links/dns.ts';
import { DOMAIN_CONTROLLER_PROBE } from './links/domain-controller.ts';
import { KERBEROS_PROBE } from './links/kerberos.ts';
import { SECURE_CHANNEL_PROBE } from './links/secure-channel.ts';
import { judgeUser, settled } from './links/user.ts';
import type { RemedyName } from './remedies.ts';

/** Runs a program in the container. @throws as `execInPod` does. */
export type RunInContainer = (command: Command) => Promise<ExecResult>;

/** The looks into the container, in the order of the chain. */
const PROBES: readonly Probe[] = [
  DNS_PROBE,
  DOMAIN_CONTROLLER_PROBE,
  SECURE_CHANNEL_PROBE,
  KERBEROS_PROBE,
];

/** What to do where no program at all can be run. */
const NOTHING_RUNS: ReadonlySet<RemedyName> = new Set([
  'exec-refused',
  'kubelet-unreachable',
  'may-not-exec',
  'pod-gone',
]);

/** What can be said before anything is run: the findings up to the first that is broken. */
export function upToBroken(findings: readonly LinkFinding[]): readonly LinkFinding[] {
  const end = findings.findIndex(({ outcome }) => outcome === 'broken');
  return end === -1 ? findings : findings.slice(0, end + 1);
}

/** Looks into the container: who runs in it, and then each probe up to the first broken link. */
export async function lookInside(
  run: RunInContainer,
  subject: ProbeSubject,
  runAsUserName: string | undefined,
): Promise<readonly LinkFinding[]> {
  const found: LinkFinding[] = [await userFinding(run, runAsUserName)];
  for (const probe of PROBES) {
    const before = found.at(-1);
    // Where nothing can be run at all, four more refusals say no more than one.
    const { outcome, remedy } = before ?? {};
    if (outcome === 'broken' || (remedy !== undefined && NOTHING_RUNS.has(remedy))) break;
    found.push(await probeFinding(run, probe, subject));
  }
  return settled(found);
}

/** One look. */
export async function probeFinding(
  run: RunInContainer,
  probe: Probe,
  subject: ProbeSubject,
): Promise<LinkFinding> {
  const { link } = probe;
  const outputs: string[] = [];
  for (const command of probe.commands(subject)) {
    const outcome = await runOne(run, command);
    if ('verdict' in outcome) return { link, ...outcome.verdict };
    outputs.push(outcome.output);
  }
  return { link, ...probe.judge(outputs, subject) };
}

/** The output, whatever the exit code, or why there is none. @throws ApiError where one is not known any more. */
export async function runOne(
  run: RunInContainer,
  command: Command,
): Promise<{ readonly output: string } | { readonly verdict: Verdict }> {
  const [program] = command;
  try {
    const result = await run(command);
    switch (result.type) {
      case 'ran':
        return { output: tidied(`${result.stdout}\n${result.stderr}`) };
      case 'timed-out':
        return {
          verdict: unknown(`${command.join(' ')} did not come to an end`, 'program-hangs'),
        };
      case 'cut-off':
        return {
          verdict: unknown(`the connection broke while ${program} ran`, 'kubelet-unreachable'),
        };
      case 'not-started':
        return { verdict: notStarted(result.message, program) };
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { verdict: refused(error, program) };
  }
}

/** By whose word there is no output: that of the API server, or of a server before 1.30 on the kubelet. */
function refused(error: ApiError, program: string): Verdict {
  const message = error.status.message ?? error.message;
  const kind = classifyError(error);
  // It is told as it is where anything is asked: nothing more can be found out.
  if (kind === 'unauthorized') throw error;
  if (kind === 'forbidden') {
    return unknown(`you may not exec: ${shownMessage(message)}`, 'may-not-exec');
  }
  if (kind === 'not-found') return unknown(`the pod is gone: ${shownMessage(message)}`, 'pod-gone');
  return error.code >= 500
    ? notStarted(message, program)
    : unknown(`the API server refuses it: ${shownMessage(message)}`, 'exec-refused');
}

/** More than any of the programs prints. */
const MAX_LINES = 500;
const MAX_LINE_LENGTH = 300;

/** Whatever a container prints, it is read in little time: lines of bounded length, and not many. */
function tidied(output: string): string {
  return output
    .split('\n')
    .slice(0, MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE_LENGTH).trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** What containerd and others say of a program that is not in the image. */
const NO_SUCH_PROGRAM =
  /executable file not found|cannot find the (file|path) specified|no such file or directory/i;

function notStarted(message: string, program: string): Verdict {
  return NO_SUCH_PROGRAM.test(message)
    ? unknown(`the container has no ${program}`, 'no-such-program', { program })
    : unknown(`nothing can be run in it: ${shownMessage(message)}`, 'kubelet-unreachable');
}

async function userFinding(
  run: RunInContainer,
  runAsUserName: string | undefined,
): Promise<LinkFinding> {
  const outcome = await runOne(run, ['whoami.exe']);
  if ('output' in outcome) {
    const name = outcome.output.trim().split(/\r?\n/)[0] ?? '';
    // `user manager\containeradministrator`; anything else is no name.
    if (/^[^\\]+\\[^\\]+$/.test(name)) return { link: 'user', ...judgeUser(name) };
  } else if (outcome.verdict.remedy !== 'no-such-program') {
    return { link: 'user', ...outcome.verdict };
  }
  return { link: 'user', ...judgeUser(runAsUserName) };
}
