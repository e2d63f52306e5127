// SPDX-License-Identifier: Apache-2.0
// `kubectl gmsa generate`: takes values from flags, asks for the others, and writes a custom resource.
import type { HostAccountConfig } from '../../api/credspec.ts';
import { bracedGuid, dnsNameProblem, isGuid } from '../../api/domain-values.ts';
import { quoted } from '../../api/printable.ts';
import { assertEntry } from '../allowed-entries.ts';
import { usageError } from '../cli-error.ts';
import type { FlagValues } from '../../flags/flag.ts';
import { manifestName } from '../documents/manifest-name.ts';
import { writeCredspec } from '../documents/write-credspec.ts';
import type { Verdict } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { CommandInput } from '../command.ts';
import { CCG_PLUGINS } from './ccg-plugins.ts';
import { type AdditionalAccount, contentsFrom } from './generate-contents.ts';
import { powershellFor } from './powershell.ts';
import { GENERATE_FLAGS } from './command.ts';
import {
  accountProblem,
  DOMAIN_VALUES,
  type KnownValues,
  type WantedValue,
} from './wanted-values.ts';

type Flags = FlagValues<typeof GENERATE_FLAGS>;

/** Of all platforms. */
const PLUGIN_FLAGS = Object.values(CCG_PLUGINS).flatMap(({ values }) => flagsOf(values));

function flagsOf(values: readonly WantedValue[]): readonly string[] {
  return values.map(({ flag }) => flag);
}

/** Runs the command. */
export async function run({ flags, io }: CommandInput<typeof GENERATE_FLAGS>): Promise<Verdict> {
  const additionalAccounts = flags.additionalAccount.map(additionalAccount);
  const powershell = powershellFor({
    account: flags.account,
    domain: flags.domain,
    additionalAccounts,
  });
  if (flags.powershell) {
    io.stdout.write(powershell);
    return 'ok';
  }
  flags.allow.forEach(assertEntry);
  assertFlagsFit(flags);
  const plugin = flags.platform === undefined ? undefined : CCG_PLUGINS[flags.platform];
  const wanted = [...DOMAIN_VALUES, ...(plugin?.values ?? [])];
  const known = await completed(givenValues(flags), wanted, io, powershell);
  const value = (flag: string): string => known.get(flag) ?? '';
  const contents = contentsFrom({
    account: value('account'),
    domain: value('domain'),
    netbios: value('netbios'),
    sid: value('sid'),
    guid: value('guid'),
    forest: value('forest'),
    additionalAccounts,
    host:
      plugin === undefined
        ? hostConfig(flags.pluginGuid, flags.pluginInput)
        : hostConfig(plugin.guid, plugin.input(value)),
  });
  const credspec = {
    name: manifestName(flags.name ?? `gmsa-${value('account')}`),
    allowed: flags.allow,
    contents,
  };
  return writeCredspec(io, credspec, {
    form: flags.output,
    origin: 'made by kubectl gmsa generate',
  });
}

/**
 * `log01`, or with another domain `log01@dev.contoso.com`.
 * @throws CliError where the text is no account, or names no domain behind its `@`.
 */
function additionalAccount(text: string): AdditionalAccount {
  const at = text.lastIndexOf('@');
  const account =
    at < 0
      ? { name: text, domain: undefined }
      : { name: text.slice(0, at), domain: text.slice(at + 1) };
  const problem = accountProblem(account.name) ?? scopeProblem(account.domain);
  if (problem === undefined) return account;
  throw usageError(
    `--additional-account: ${problem}`,
    'write log01, or log01@dev.contoso.com where it is of another domain',
  );
}

function scopeProblem(domain: string | undefined): string | undefined {
  const problem = domain === undefined ? undefined : dnsNameProblem(domain);
  return problem === undefined ? undefined : `the domain ${quoted(domain ?? '')} ${problem}`;
}

/** @throws CliError where flags exclude each other, or name a plug-in that there cannot be. */
function assertFlagsFit(flags: Flags): void {
  if (flags.platform !== undefined && flags.pluginGuid !== undefined) {
    throw usageError('--platform and --plugin-guid name two plug-ins: give one of them');
  }
  if (flags.pluginGuid !== undefined && !isGuid(flags.pluginGuid)) {
    throw usageError(
      `--plugin-guid: ${quoted(flags.pluginGuid)} is not a GUID`,
      'the documentation of the plug-in has its class ID, like {859E1386-BDB4-49E8-85C7-3070B13920E1}',
    );
  }
  if (flags.pluginInput !== undefined && flags.pluginGuid === undefined) {
    throw usageError(
      '--plugin-input is for --plugin-guid, which is not given',
      'with --platform, the input is made from the flags that its help lists',
    );
  }
  const own = flags.platform === undefined ? [] : flagsOf(CCG_PLUGINS[flags.platform].values);
  const given = givenValues(flags);
  const strange = PLUGIN_FLAGS.find((flag) => given.has(flag) && !own.includes(flag));
  if (strange === undefined) return;
  throw usageError(
    `--${strange} is not for ${flags.platform === undefined ? 'nodes in the domain' : `--platform ${flags.platform}`}`,
    'kubectl gmsa generate --help says which platform each flag is for',
  );
}

/** The texts that were given, by the names of their flags. */
function givenValues(flags: Flags): KnownValues {
  const texts = Object.entries(GENERATE_FLAGS).map(
    ([key, { name }]): readonly [string, unknown] => [name, flags[key as keyof Flags]],
  );
  return new Map(
    texts.filter((text): text is readonly [string, string] => typeof text[1] === 'string'),
  );
}

/** All values that are wanted: those given, checked; the others asked for. @throws CliError */
async function completed(
  given: KnownValues,
  wanted: readonly WantedValue[],
  { ask, stderr }: Io,
  powershell: string,
): Promise<KnownValues> {
  const known = new Map(given);
  for (const { flag, problem } of wanted) {
    const value = known.get(flag);
    if (value === undefined) continue;
    const found = problem(value) ?? (value === '' ? 'It is empty.' : undefined);
    if (found === undefined) continue;
    throw usageError(
      `--${flag}: ${found}`,
      PLUGIN_FLAGS.includes(flag)
        ? 'kubectl gmsa generate --help says what it is'
        : 'kubectl gmsa generate --powershell prints what gets the values from Active Directory',
    );
  }
  const missing: string[] = [];
  for (const value of wanted) {
    if (known.has(value.flag)) continue;
    if (ask !== undefined) {
      known.set(value.flag, await answerTo(value, known, ask, stderr));
      continue;
    }
    const fallback = value.optional === true ? value.fallback?.(known) : undefined;
    if (fallback !== undefined) known.set(value.flag, fallback);
    else if (value.optional !== true) missing.push(`--${value.flag}`);
  }
  if (missing.length === 0) return known;
  stderr.write(powershell);
  throw usageError(
    `missing: ${missing.join(', ')}`,
    'the PowerShell above gets what is in Active Directory; on a terminal, kubectl gmsa generate asks for each value',
  );
}

async function answerTo(
  { question, fallback, problem }: WantedValue,
  known: KnownValues,
  ask: NonNullable<Io['ask']>,
  stderr: Io['stderr'],
): Promise<string> {
  const proposed = fallback?.(known);
  for (;;) {
    const answer = await ask(`${question}${proposed === undefined ? '' : ` [${proposed}]`}: `);
    const value = answer === '' ? (proposed ?? '') : answer;
    const found = value === '' ? undefined : problem(value);
    if (value !== '' && found === undefined) return value;
    if (found !== undefined) stderr.write(`${found}\n`);
  }
}

/** `PortableCcgVersion` is the one that there is (KEP-689 and the plug-ins' documentation). */
function hostConfig(
  guid: string | undefined,
  input: string | undefined,
): HostAccountConfig | undefined {
  if (guid === undefined) return undefined;
  return {
    PluginGUID: bracedGuid(guid),
    ...(input === undefined ? {} : { PluginInput: input }),
    PortableCcgVersion: '1',
  };
}
