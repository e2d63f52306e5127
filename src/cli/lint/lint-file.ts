// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file of credential specs, by line. Pure.
import { decodeText } from '../documents/decode-text.ts';
import { identify, type Identified } from '../documents/identify.ts';
import { parseSource, type SourceDocument } from '../documents/source.ts';
import { lintCredspec, type LintFinding } from './lint-credspec.ts';

/** A finding in a file or in a cluster. */
export interface PlacedFinding extends LintFinding {
  /** From 1; undefined in a cluster. */
  readonly line: number | undefined;
}

/** What lint has to say on one file or credspec. */
export interface LintResult {
  /** The file's name as it was given, `stdin`, or the credspec's name. */
  readonly source: string;
  readonly credspecs: number;
  readonly findings: readonly PlacedFinding[];
}

/** Looks through all documents of a file (`-` is stdin); objects of other kinds are passed over. Never throws. */
export function lintFile(file: string, bytes: Uint8Array): LintResult {
  const source = file === '-' ? 'stdin' : file;
  const decoded = decodeText(bytes);
  if ('problem' in decoded) return unreadable(source, 1, `This is ${decoded.problem}.`);
  const parsed = parseSource(decoded.text, /\.json$/i.test(source) ? 'json' : 'yaml');
  if ('problem' in parsed) {
    const { line, message } = parsed.problem;
    return unreadable(source, line, message);
  }
  const found = parsed.documents.flatMap((document) =>
    identify(document.value).map((identified) => ({ document, identified })),
  );
  const results = found.map(({ document, identified }) => lintOne(document, identified));
  const credspecs = found.filter(({ identified }) => isCredspec(identified)).length;
  const findings = results.flat();
  return {
    source,
    credspecs,
    findings: credspecs === 0 && findings.length === 0 ? [NOTHING] : findings,
  };
}

function lintOne(document: SourceDocument, identified: Identified): readonly PlacedFinding[] {
  switch (identified.type) {
    case 'resource':
    case 'contents':
      return lintCredspec(identified).map((finding) => ({
        ...finding,
        line: document.lineOf(finding.path),
      }));
    case 'other':
      return [];
    case 'unknown':
      return [
        {
          check: 'no-credential-spec',
          path: [],
          line: document.lineOf([]),
          message:
            'This is neither a credential spec, as New-CredentialSpec writes it, nor a Kubernetes object.',
        },
      ];
  }
}

function isCredspec({ type }: Identified): boolean {
  return type === 'resource' || type === 'contents';
}

function unreadable(source: string, line: number, message: string): LintResult {
  return {
    source,
    credspecs: 0,
    findings: [{ check: 'not-readable', path: [], line, message }],
  };
}

const NOTHING: PlacedFinding = {
  check: 'no-credential-spec',
  path: [],
  line: 1,
  message: 'There is no credential spec in it.',
};
