// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file of credential specs, by line. Pure.
import { decodeText, type TextEncoding } from '../documents/decode-text.ts';
import { identify } from '../documents/identify.ts';
import { parseSource } from '../documents/source.ts';
import { lintCredspec } from './lint-credspec.ts';
import type { LintFinding } from './lint-finding.ts';

/** What lint has to say on one file or credspec. */
export interface LintResult {
  /** The file's name as it was given, `stdin`, or the credspec's name. */
  readonly source: string;
  readonly credspecs: number;
  readonly findings: readonly LintFinding[];
}

/** Looks through all documents of a file (`-` is stdin); objects of other kinds are passed over. Never throws. */
export function lintFile(file: string, bytes: Uint8Array): LintResult {
  const source = file === '-' ? 'stdin' : file;
  const decoded = decodeText(bytes);
  if ('problem' in decoded) {
    return unreadable(source, { line: 1, message: `This is ${decoded.problem}.` });
  }
  const parsed = parseSource(decoded.text, /\.json$/i.test(source) ? 'json' : 'yaml');
  if ('problem' in parsed) return unreadable(source, parsed.problem);
  const found = parsed.documents.flatMap(({ value, lineOf }) =>
    identify(value).map((identified) => ({ identified, lineOf })),
  );
  const isManifest = found.some(({ identified: { type } }) => type === 'resource');
  const findings = [
    ...(isManifest && isUtf16WithoutMark(decoded.encoding) ? [NOT_READ_BY_KUBECTL] : []),
    ...found.flatMap(({ identified, lineOf }) =>
      lintCredspec(identified).map((finding) => ({ ...finding, line: lineOf(finding.path) })),
    ),
  ];
  const credspecs = found.filter(({ identified: { type } }) =>
    ['contents', 'misnamed', 'resource'].includes(type),
  ).length;
  return {
    source,
    credspecs,
    findings: credspecs === 0 && findings.length === 0 ? [NOTHING] : findings,
  };
}

function isUtf16WithoutMark({ charset, marked }: TextEncoding): boolean {
  return charset !== 'utf-8' && !marked;
}

/** Of a manifest alone: convert reads the JSON of New-CredentialSpec. */
const NOT_READ_BY_KUBECTL: LintFinding = {
  check: 'not-readable',
  path: [],
  line: 1,
  message:
    'This is UTF-16 without a byte order mark, and the tools of Kubernetes refuse it. Save it as UTF-8.',
};

function unreadable(
  source: string,
  problem: Pick<LintFinding, 'column' | 'line' | 'message'>,
): LintResult {
  return { source, credspecs: 0, findings: [{ check: 'not-readable', path: [], ...problem }] };
}

const NOTHING: LintFinding = {
  check: 'no-credential-spec',
  path: [],
  line: 1,
  message: 'There is no credential spec in it.',
};
