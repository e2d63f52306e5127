// SPDX-License-Identifier: Apache-2.0
// What a container was given: the name of a credspec, and its contents. Pure.
import { alphaAnnotations } from '../../../../admission/pods/annotations.ts';
import { checkContents } from '../../../../api/check-contents.ts';
import { dnsNameProblem } from '../../../../api/domain-values.ts';
import { property, text } from '../../../../api/untyped.ts';
import { quoted } from '../../../../api/printable.ts';
import { contentsState, type GmsaUse, type PodObject } from '../../pod.ts';
import type { Reading } from '../../reading.ts';
import { broken, doubtful, holds, type Verdict } from '../link.ts';
import type { Subject } from '../subject.ts';

/** Whether the container names a credspec. */
export function judgeCredspec({
  pod,
  use: { credspec },
  isKnownToBeWindows,
}: Pick<Subject, 'isKnownToBeWindows' | 'use'> & {
  readonly pod: Pick<PodObject, 'metadata'>;
}): Verdict {
  if (credspec !== undefined) return holds(`the container runs as ${quoted(credspec)}`);
  const [alpha] = alphaAnnotations(pod.metadata.annotations);
  if (alpha !== undefined) {
    return broken(
      `the pod names its credential spec in the annotation ${quoted(alpha)}, which has no effect since Kubernetes 1.16`,
      'names-no-credspec',
    );
  }
  const names = 'the container names no credential spec, and neither does its pod';
  return broken(
    isKnownToBeWindows ? names : `${names}; whether it is a Windows pod is not known`,
    'names-no-credspec',
  );
}

/** Whether its contents are there, can work, and are those of the credspec now. */
export function judgeContents(
  use: GmsaUse,
  credspec: Reading<{ readonly credspec?: unknown }>,
): Verdict {
  if (use.contents === undefined) {
    return broken(
      'the pod has the name of its credential spec without the contents',
      'contents-not-filled-in',
    );
  }
  const [error] = checkContents(parsed(use.contents)).errors;
  if (error !== undefined) return broken(error, 'contents-wrong');
  const { domain } = identityOf(use);
  if (domain === undefined || dnsNameProblem(domain) !== undefined) {
    return broken('the contents name no domain (DomainJoinConfig.DnsName)', 'contents-wrong');
  }
  switch (credspec.type) {
    case 'unreadable':
      return holds(
        'the contents are there; those of the credential spec now may not be read by you',
      );
    case 'absent':
      return doubtful('the contents are there, and the credential spec is gone', 'credspec-gone');
    case 'read':
      return contentsState(use, credspec.value) === 'current'
        ? holds('the contents are those of the credential spec')
        : doubtful('the contents are older than those of the credential spec', 'contents-older');
  }
}

/** What of the contents commands in the container are made from. */
export interface Identity {
  /** DNS name of the domain. */
  readonly domain: string | undefined;
  readonly account: string | undefined;
  /** Whether a plug-in of the node gets the password, so that the node is not in the domain. */
  readonly usesPlugin: boolean;
}

/** Reads it from contents. */
export function identityOf({ contents }: GmsaUse): Identity {
  const value = parsed(contents ?? 'null');
  const join = property(value, 'DomainJoinConfig');
  return {
    domain: text(property(join, 'DnsName')),
    account: text(property(join, 'MachineAccountName')),
    usesPlugin:
      property(property(value, 'ActiveDirectoryConfig'), 'HostAccountConfig') !== undefined,
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
