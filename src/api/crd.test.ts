// SPDX-License-Identifier: Apache-2.0
// Holds together what says the same in three places: the CRD, the ajv schema and the types.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Condition } from './conditions.ts';
import {
  type CredentialSpecContents,
  type CredspecStatus,
  GROUP,
  KIND,
  PLURAL,
  VERSION,
} from './credspec.ts';
import { CONTENTS_SCHEMA } from './contents-schema.ts';

interface Schema {
  readonly type: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

interface Version {
  readonly name: string;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly [field: string]: unknown;
}

interface Definition {
  readonly metadata: { readonly name: string; readonly annotations: object };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: object;
    readonly versions: readonly Version[];
  };
}

/** The fields of a type, by name: the compiler complains where a name is missing or too many. */
type FieldsOf<T> = T extends string | number | boolean
  ? string
  : T extends readonly (infer Item)[]
    ? readonly [FieldsOf<Item>]
    : { readonly [K in keyof T]-?: FieldsOf<NonNullable<T[K]>> };

const contentsFields: FieldsOf<CredentialSpecContents> = {
  ActiveDirectoryConfig: {
    GroupManagedServiceAccounts: [{ Name: 'string', Scope: 'string' }],
    HostAccountConfig: {
      PluginGUID: 'string',
      PluginInput: 'string',
      PortableCcgVersion: 'string',
    },
  },
  CmsPlugins: ['string'],
  DomainJoinConfig: {
    DnsName: 'string',
    DnsTreeName: 'string',
    Guid: 'string',
    MachineAccountName: 'string',
    NetBiosName: 'string',
    Sid: 'string',
  },
};

const conditionFields: FieldsOf<Condition> = {
  type: 'string',
  status: 'string',
  reason: 'string',
  message: 'string',
  lastTransitionTime: 'string',
  observedGeneration: 'integer',
};

const statusFields: FieldsOf<CredspecStatus> = {
  observedGeneration: 'integer',
  observedAnnotationHash: 'string',
  clusterRole: 'string',
  allowedSummary: 'string',
  bindings: [{ namespace: 'string', serviceAccounts: ['string'], allServiceAccounts: 'boolean' }],
  missingNamespaces: ['string'],
  warnings: ['string'],
  conditions: [conditionFields],
};

const crd = load('crds/windows.k8s.io_gmsacredentialspecs.yaml');
const existing = load('test/support/fixtures/crd-existing.yaml');

describe.each(crd.spec.versions)('version $name of the CRD', (version) => {
  const { properties = {} } = version.schema.openAPIV3Schema;

  it('has the fields of the types', () => {
    expect(Object.keys(properties).sort()).toEqual(['credspec', 'status']);
    expect(fieldsOf(properties['credspec'])).toEqual(contentsFields);
    expect(fieldsOf(properties['status'])).toEqual(statusFields);
  });

  it('accepts in credspec exactly what the existing definition accepts', () => {
    const before = existing.spec.versions.find(({ name }) => name === version.name);
    expect(before?.storage).toBe(version.storage);
    expect(constraintsOf(properties['credspec'])).toEqual(
      constraintsOf(before?.schema.openAPIV3Schema.properties?.['credspec']),
    );
    expect(version.schema.openAPIV3Schema['required']).toBeUndefined();
  });

  it('describes every field for kubectl explain', () => {
    expect(undescribed(version.schema.openAPIV3Schema, KIND)).toEqual([]);
  });

  it('has the status subresource and prints the columns', () => {
    expect(version['subresources']).toEqual({ status: {} });
    const columns = version['additionalPrinterColumns'] as readonly {
      readonly name: string;
      readonly priority?: number;
    }[];
    expect(columns.map(({ name, priority = 0 }) => [name.toUpperCase(), priority])).toEqual([
      ['READY', 0],
      ['REASON', 0],
      ['ACCOUNT', 0],
      ['DOMAIN', 0],
      ['SERVICE-ACCOUNTS', 0],
      ['AGE', 0],
      ['CLUSTERROLE', 1],
    ]);
  });
});

describe('the CRD', () => {
  it('has the names of the constants', () => {
    expect(crd.metadata.name).toBe(`${PLURAL}.${GROUP}`);
    expect(crd.spec).toMatchObject({
      group: GROUP,
      scope: 'Cluster',
      names: { kind: KIND, plural: PLURAL, shortNames: ['gmsa'] },
    });
    expect(crd.spec.versions.find(({ storage }) => storage)?.name).toBe(VERSION);
  });

  it('is approved as the existing one is', () => {
    expect(crd.metadata.annotations).toEqual(existing.metadata.annotations);
  });

  it('has the same schema in both versions, so that a write through one keeps all of the other', () => {
    const [v1, v1alpha1] = crd.spec.versions;
    expect(v1alpha1?.schema).toEqual(v1?.schema);
    expect(v1alpha1).toMatchObject({ name: 'v1alpha1', deprecated: true });
  });

  it('fits into the annotation in which kubectl apply keeps it', () => {
    expect(JSON.stringify(crd).length).toBeLessThan(100_000);
  });
});

describe('the ajv schema', () => {
  it('has the fields of the types, and no constraint but their types', () => {
    expect(fieldsOf(CONTENTS_SCHEMA)).toEqual(contentsFields);
    expect(constraintsOf(CONTENTS_SCHEMA)).toEqual(
      constraintsOf(crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['credspec']),
    );
  });
});

function load(file: string): Definition {
  return parse(readFileSync(file, 'utf8')) as Definition;
}

function fieldsOf(schema: Schema | undefined): unknown {
  if (schema?.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, fieldsOf(field)]),
    );
  }
  return schema?.items === undefined ? schema?.type : [fieldsOf(schema.items)];
}

/** The schema without what does not decide on validity. A list is atomic where it does not say otherwise. */
function constraintsOf(schema: Schema | undefined): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      (key === 'description' && typeof value === 'string') || key === 'x-kubernetes-list-type'
        ? undefined
        : value,
    ),
  );
}

function undescribed(schema: Schema, path: string): readonly string[] {
  const own = schema.description === undefined ? [path] : [];
  const fields = Object.entries(schema.properties ?? schema.items?.properties ?? {});
  return [...own, ...fields.flatMap(([name, field]) => undescribed(field, `${path}.${name}`))];
}
