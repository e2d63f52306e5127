// SPDX-License-Identifier: Apache-2.0
// Who wrote what, and when exactly, from the API server's audit log: the same clock and the same
// cost for everybody that is measured, and nothing has to be watched or asked for meanwhile.
import { open } from 'node:fs/promises';

/** One write that the API server has answered. */
export interface AuditedWrite {
  readonly user: string;
  /** `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  /** With the subresource, if any: `gmsacredentialspecs/status`. */
  readonly resource: string;
  /** As in the URL: empty for a `create`. */
  readonly name: string;
  /** HTTP status of the answer. */
  readonly code: number;
  /** When the request came and when its answer was complete: Unix time in milliseconds. */
  readonly receivedMs: number;
  readonly completedMs: number;
}

/** An audit log that is being written. */
export interface AuditLog {
  /** All writes until now, in the order of their answers. */
  read(): Promise<readonly AuditedWrite[]>;
}

/** The audit policy that logs the writes of these users, and nothing else. */
export function auditPolicy(users: readonly string[]): object {
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      {
        level: 'Metadata',
        users,
        verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      },
      { level: 'None' },
    ],
  };
}

/** Flags of kube-apiserver for a policy file and a log file. */
export function auditFlags(policyFile: string, logFile: string): string[] {
  return [
    `--audit-policy-file=${policyFile}`,
    `--audit-log-path=${logFile}`,
    // In megabytes: never rotated, which would lose its beginning.
    '--audit-log-maxsize=100000',
  ];
}

/** The log at `path`, which must exist once it is read. */
export function openAuditLog(path: string): AuditLog {
  const writes: AuditedWrite[] = [];
  let position = 0;
  let rest = '';

  return {
    async read() {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        const buffer = Buffer.alloc(size - position);
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        // Names and URLs are ASCII: no character is cut in two.
        const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) writes.push(parseLine(line));
      } finally {
        await file.close();
      }
      return writes;
    },
  };
}

interface AuditEvent {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

function parseLine(line: string): AuditedWrite {
  const event = JSON.parse(line) as AuditEvent;
  const { resource = '', subresource, name = '' } = event.objectRef ?? {};
  return {
    user: event.user.username,
    verb: event.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    code: event.responseStatus?.code ?? 0,
    receivedMs: milliseconds(event.requestReceivedTimestamp),
    completedMs: milliseconds(event.stageTimestamp),
  };
}

/** `Date.parse` drops the microseconds of `2026-01-02T03:04:05.678901Z`. */
function milliseconds(timestamp: string): number {
  const micros = /\.\d{3}(\d{3})Z$/.exec(timestamp)?.[1] ?? '0';
  return Date.parse(timestamp) + Number(micros) / 1000;
}
