// SPDX-License-Identifier: Apache-2.0
// What the CustomResourceDefinition says of columns and of the status.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { code, plain, table } from './markdown.ts';

const CRD_FILE = new URL('../../crds/windows.k8s.io_gmsacredentialspecs.yaml', import.meta.url);

/** A CustomResourceDefinition, as far as it is looked at here. */
interface Definition {
  readonly spec: { readonly versions: readonly [Version, ...Version[]] };
}

interface Version {
  readonly additionalPrinterColumns: readonly {
    readonly name: string;
    readonly description: string;
    readonly jsonPath: string;
    readonly priority?: number;
  }[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

interface Schema {
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The columns of `kubectl get`. */
export function columns(): string {
  return table(
    ['column', 'shows', 'from'],
    version().additionalPrinterColumns.map(({ name, description, jsonPath, priority = 0 }) => [
      code(name.toUpperCase()) + (priority === 0 ? '' : ' (`-o wide`)'),
      sentence(description),
      code(jsonPath.slice(1)),
    ]),
  );
}

/** The fields of the status. */
export function statusFields(): string {
  const { status } = version().schema.openAPIV3Schema.properties ?? {};
  return table(['field', 'holds'], [...fieldsIn(status, 'status')]);
}

function* fieldsIn(schema: Schema | undefined, path: string): Generator<readonly string[]> {
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    yield [code(`${path}.${name}`), sentence(field.description ?? '')];
    yield* fieldsIn(field.items, `${path}.${name}[]`);
  }
}

function version(): Version {
  const definition = parse(readFileSync(CRD_FILE, 'utf8')) as Definition;
  return definition.spec.versions[0];
}

/** A cell that is a single sentence has no full stop. */
function sentence(description: string): string {
  return plain(description.includes('. ') ? description : description.replace(/\.$/, ''));
}
