// SPDX-License-Identifier: Apache-2.0
// Anybody who may create Events in a namespace chooses what doctor and troubleshoot read there.
import { describe, expect, it } from '@jest/globals';
import { answerText } from '../testing/answer-text.ts';
import { examine } from './doctor/examine.ts';
import { findingsText } from './doctor/findings-text.ts';
import { type EventObject, refusalOf } from './refusal.ts';
import { read } from './testing/read.ts';
import { soundSnapshot } from './testing/snapshots.ts';
import { diagnosisData, diagnosisText } from './troubleshoot/diagnosis.ts';
import { judgeAdmission } from './troubleshoot/links/admission.ts';

const COMMAND = 'touch /tmp/owned';

const event = (message: string): EventObject => ({
  metadata: {},
  involvedObject: {
    kind: `ReplicaSet web; ${COMMAND} #`,
    namespace: 'shop',
    name: `$(${COMMAND})`,
    uid: 'u',
  },
  reason: 'FailedCreate',
  message,
});

const EVENTS = [
  `service account "a; ${COMMAND} #" is not authorized to \`use\` GMSA cred spec "x; ${COMMAND} #"`,
  `cred spec x;${COMMAND.replace(' ', '${IFS}')} does not exist`,
  `the GMSA cred spec contents for pod "a" does not match the contents of GMSA resource "$(${COMMAND})"`,
  'failed calling webhook "gmsa"',
  'admission webhook "gmsa" denied the request: no',
].map(event);

/** The lines that are for copying: they begin with one of these words, and not with a message of others. */
const toCopy = (text: string): readonly string[] =>
  text.split('\n').filter((line) => /^\s*"?(remedy|advice|command)"?:/.test(line));

describe('an Event that holds a command', () => {
  it.each(EVENTS)('fills in no command of troubleshoot: $message', async (hostile) => {
    const refusal = refusalOf(hostile);
    const verdict = judgeAdmission({
      missing: 1,
      present: 0,
      failures: read(refusal === undefined ? [] : [refusal]),
    });
    const nobody = { pod: undefined, container: undefined, node: undefined, credspec: undefined };
    const diagnosis = {
      ...{ namespace: 'shop', workload: 'deployment/web', ...nobody },
      findings: [{ link: 'admission', ...verdict }],
      ...{ advice: [], repair: undefined, values: { namespace: 'shop' } },
    } as const;
    const answer = {
      data: diagnosisData(diagnosis),
      text: (style: Parameters<typeof diagnosisText>[1]) => diagnosisText(diagnosis, style),
    };
    for (const form of ['table', 'json', 'yaml'] as const) {
      const lines = toCopy(await answerText(answer, form));
      expect(lines).not.toEqual([]);
      expect(lines.filter((line) => line.includes('touch'))).toEqual([]);
    }
  });

  it('fills in no command of doctor', async () => {
    const findings = examine({ ...(await soundSnapshot()), events: read(EVENTS) });
    const answer = {
      data: { findings },
      text: (style: Parameters<typeof findingsText>[1]) => findingsText(findings, style),
    };
    for (const form of ['table', 'json', 'yaml'] as const) {
      const lines = toCopy(await answerText(answer, form));
      expect(lines.filter((line) => line.includes('touch'))).toEqual([]);
      expect(lines.filter((line) => line.includes('troubleshoot <owner>'))).toHaveLength(
        EVENTS.length,
      );
    }
  });
});
