// SPDX-License-Identifier: Apache-2.0
// The part of a pod that admission looks at: its types, and the schema that turns what came in into
// them. Fields that are not here are nobody's business, and are ignored whatever they hold.
import { Ajv } from 'ajv';
import { RANDOM_HOSTNAME_ANNOTATION, REPAIR_SECURE_CHANNEL_ANNOTATION } from './annotations.ts';
import { schemaProblem } from '../review/schema-problem.ts';

/** A field of an object in JSON: Kubernetes takes null and a missing field for the same. */
type Field<T> = T | null | undefined;

/** The label by which pods choose nodes of an operating system. */
export const OS_LABEL = 'kubernetes.io/os';

/** A pod (core/v1), as far as it matters. */
export interface Pod {
  readonly metadata?: Field<PodMetadata>;
  readonly spec?: Field<PodSpec>;
}

interface PodMetadata {
  readonly name?: Field<string>;
  readonly generateName?: Field<string>;
  readonly annotations?: Field<{
    readonly [RANDOM_HOSTNAME_ANNOTATION]?: Field<string>;
    readonly [REPAIR_SECURE_CHANNEL_ANNOTATION]?: Field<string>;
  }>;
}

interface PodSpec {
  readonly os?: Field<{ readonly name?: Field<string> }>;
  readonly nodeSelector?: Field<{ readonly [OS_LABEL]?: Field<string> }>;
  readonly serviceAccountName?: Field<string>;
  readonly hostname?: Field<string>;
  readonly hostnameOverride?: Field<string>;
  readonly hostNetwork?: Field<boolean>;
  readonly securityContext?: Field<SecurityContext>;
  readonly containers?: Field<readonly Field<Container>[]>;
  readonly initContainers?: Field<readonly Field<Container>[]>;
  readonly ephemeralContainers?: Field<readonly Field<Container>[]>;
}

/** A container of any of the three lists. */
export interface Container {
  readonly name?: Field<string>;
  /** `Always` on an init container makes a sidecar of it. */
  readonly restartPolicy?: Field<string>;
  readonly securityContext?: Field<SecurityContext>;
  readonly lifecycle?: Field<{ readonly postStart?: Field<object> }>;
}

interface SecurityContext {
  readonly windowsOptions?: Field<WindowsOptions>;
}

/** `windowsOptions` of a pod or of a container. */
export interface WindowsOptions {
  /** Name of a credspec. Unchecked: the API server looks at it only after mutating webhooks. */
  readonly gmsaCredentialSpecName?: Field<string>;
  /** Contents of that credspec, as JSON text. */
  readonly gmsaCredentialSpec?: Field<string>;
  readonly hostProcess?: Field<boolean>;
}

/** A pod of the right types, or the first place that has a wrong one. */
export type DecodedPod = { readonly pod: Pod } | { readonly problem: string };

/** Types a pod; `root` is what problems call it, as in `object.spec.containers is a string, not a list`. */
export function decodePod(value: unknown, root: string): DecodedPod {
  if (value === null || value === undefined) return { problem: `${root} is missing` };
  if (validate(value)) return { pod: value };
  return { problem: schemaProblem(root, validate.errors) };
}

const text = { type: 'string', nullable: true } as const;
const flag = { type: 'boolean', nullable: true } as const;

const securityContext = {
  type: 'object',
  nullable: true,
  properties: {
    windowsOptions: {
      type: 'object',
      nullable: true,
      properties: { gmsaCredentialSpecName: text, gmsaCredentialSpec: text, hostProcess: flag },
    },
  },
} as const;

/**
 * Containers in each of a pod's lists. Kubernetes has no bound of its own, but what it stores of a pod, 1.5 MiB, and
 * a node cannot run as many.
 */
export const MAX_CONTAINERS = 1_000;

const containers = {
  type: 'array',
  nullable: true,
  maxItems: MAX_CONTAINERS,
  items: {
    type: 'object',
    nullable: true,
    properties: {
      name: text,
      restartPolicy: text,
      securityContext,
      lifecycle: {
        type: 'object',
        nullable: true,
        properties: { postStart: { type: 'object', nullable: true } },
      },
    },
  },
} as const;

const POD_SCHEMA = {
  type: 'object',
  properties: {
    metadata: {
      type: 'object',
      nullable: true,
      properties: {
        name: text,
        generateName: text,
        annotations: {
          type: 'object',
          nullable: true,
          properties: {
            [RANDOM_HOSTNAME_ANNOTATION]: text,
            [REPAIR_SECURE_CHANNEL_ANNOTATION]: text,
          },
        },
      },
    },
    spec: {
      type: 'object',
      nullable: true,
      properties: {
        os: { type: 'object', nullable: true, properties: { name: text } },
        nodeSelector: { type: 'object', nullable: true, properties: { [OS_LABEL]: text } },
        serviceAccountName: text,
        hostname: text,
        hostnameOverride: text,
        hostNetwork: flag,
        securityContext,
        containers,
        initContainers: containers,
        ephemeralContainers: containers,
      },
    },
  },
} as const;

const validate = new Ajv({ verbose: true }).compile<Pod>(POD_SCHEMA);
