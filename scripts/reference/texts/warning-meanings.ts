// SPDX-License-Identifier: Apache-2.0
// What the warnings mean, and what to do about them: for the documents, in Markdown.
import type * as warnings from '../../../src/admission/review/warnings.ts';

/** By warning: what it is about, and what else there is to know; most say themselves what to do. */
export const WARNING_MEANINGS = {
  contentsProblem: {
    about: 'pods',
    means:
      'the pod gets the contents all the same; correct the credential spec, and make the pod again',
  },
  defaultServiceAccount: {
    about: 'pods',
    means: 'the pod may use it; whoever may create pods there can be the account',
  },
  ignoredSwitch: {
    about: 'pods',
    means: 'only the words `"true"` and `"false"` count, in quotes, for annotations are text',
  },
  noRandomHostname: {
    about: 'pods',
    means: 'the pod keeps the host name that it has; Windows uses the first 15 characters',
  },
  notForWindows: { about: 'pods', means: 'the container runtime of a Linux node ignores the GMSA' },
  alphaAnnotation: {
    about: 'pods',
    means:
      'the annotation is ignored; pods that have it and no field for a GMSA are not sent to the webhooks, so nothing warns of them but `kubectl gmsa troubleshoot`',
  },
  noHookInHostProcess: { about: 'pods', means: 'the other containers have the hook' },
  invalidEntry: { about: 'credspecs', means: 'the other entries of the annotation are in force' },
  moreInvalidEntries: { about: 'credspecs', means: 'the first ten are told one by one' },
  namespaceMissing: {
    about: 'credspecs',
    means: 'access is granted by itself when the namespace is created',
  },
  moreWarnings: {
    about: 'both',
    means: 'ten at most are told; `kubectl gmsa lint` tells all of a credential spec',
  },
} as const satisfies Readonly<
  Record<
    keyof typeof warnings,
    { readonly about: 'both' | 'credspecs' | 'pods'; readonly means: string }
  >
>;
