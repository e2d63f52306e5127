// SPDX-License-Identifier: Apache-2.0
// What is told of an error: what went wrong in one line, and the next step. The one place for it; no
// error is shown with a stack.
import { GROUP, PLURAL } from '../api/credspec.ts';
import { cut, escapeInvisible } from '../api/printable.ts';
import { FlagError } from '../flags/flag.ts';
import { ApiError, classifyError, errorMessage } from '../kube/client/api-error.ts';
import { CliError } from './cli-error.ts';
import { EXIT_CODE } from './exit-code.ts';

/** An error as it is told. */
export interface Explanation {
  /** One line. */
  readonly message: string;
  /** One line. */
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** Of messages that come from elsewhere: a proxy may answer with a page of HTML. */
const MAX_MESSAGE_LENGTH = 1000;

/** What there is to say of anything that a command throws. */
export function explainError(error: unknown): Explanation {
  const { message, hint, exitCode } = explain(error);
  return { message: oneLine(message), hint: hint === undefined ? hint : oneLine(hint), exitCode };
}

function explain(error: unknown): Explanation {
  if (error instanceof CliError) {
    return { message: error.message, hint: error.hint, exitCode: EXIT_CODE[error.kind] };
  }
  if (error instanceof FlagError) {
    return { message: error.message, hint: undefined, exitCode: EXIT_CODE.usage };
  }
  return { ...(error instanceof ApiError ? answered(error) : unanswered(error)), ...TROUBLE };
}

const TROUBLE = { exitCode: EXIT_CODE.trouble } as const;

type Words = Pick<Explanation, 'hint' | 'message'>;

function answered(error: ApiError): Words {
  const { message = error.message } = error.status;
  switch (classifyError(error)) {
    case 'unauthorized':
      return {
        message: `the API server does not know who you are: ${message}`,
        hint: 'log in to the cluster again, or choose another --context; kubectl auth whoami shows whether it worked',
      };
    case 'forbidden':
      return {
        message: `you may not do this: ${message}`,
        hint: 'ask an administrator of the cluster for this permission; kubectl auth can-i --list shows those that you have',
      };
    case 'not-found':
      return error.status.details?.name === undefined && error.message.includes(`/${GROUP}/`)
        ? {
            message: `this cluster has no resource ${PLURAL}.${GROUP}`,
            hint: 'install it (kubectl apply -f crds/), or choose another --context',
          }
        : { message, hint: undefined };
    case 'retry':
      return {
        message: `the API server could not answer: ${error.message}`,
        hint: 'try again; if that does not help, kubectl get --raw /readyz?verbose shows what is wrong with it',
      };
    case 'invalid':
      return { message: `the API server refuses this: ${message}`, hint: undefined };
    case 'aborted':
    case 'already-exists':
    case 'conflict':
    case 'expired':
    case 'terminating':
      return { message, hint: 'try again' };
  }
}

/** Errors of Node, its HTTP client and TLS that mean that the API server was not reached; not those of files. */
const UNREACHED =
  /^(EADDR[A-Z]+|EAI_[A-Z]+|ECONN[A-Z]+|E(HOST|NET)(DOWN|UNREACH)|ENETRESET|ENOTFOUND|EPIPE|EPROTO|ETIMEDOUT|ERR_(TLS|SSL)_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

function unanswered(error: unknown): Words {
  return codesOf(error).some((code) => UNREACHED.test(code))
    ? {
        message: `cannot reach the API server: ${errorMessage(error)}`,
        hint: 'kubectl cluster-info shows where it is looked for; --context and --kubeconfig choose another',
      }
    : {
        message: errorMessage(error),
        hint: 'this was not foreseen: please report it with the command that you ran',
      };
}

function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as NodeJS.ErrnoException;
  const others = error instanceof AggregateError ? error.errors : [error.cause];
  return [...(typeof code === 'string' ? [code] : []), ...others.flatMap(codesOf)];
}

function oneLine(text: string): string {
  const line = escapeInvisible(text.trim().replaceAll(/\s*\n\s*/g, ' '));
  return line.length > MAX_MESSAGE_LENGTH ? `${cut(line, MAX_MESSAGE_LENGTH)}…` : line;
}
