import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InertSchema, Shape } from '../libs/local-aws/src/services/inert/index.ts';
import types from '../libs/local-aws/src/services/inert/types.json' with { type: 'json' };

/*
 * Writes the schemas of the resource types that local AWS accepts although they have no effect there. To add a type, name it
 * in `types.json` beside the table, and run: node scripts/generate-inert-types.ts
 *
 * The database of AWS's schemas is installed in a temporary folder, because only this script needs it.
 */

const spec = '@aws-cdk/aws-service-spec@0.1.216';

interface SpecType {
  readonly type: string;
  readonly allowedValues?: readonly string[];
  readonly element?: SpecType;
  readonly types?: readonly SpecType[];
  readonly reference?: { readonly $ref: string };
}
type SpecProperties = Readonly<
  Record<
    string,
    { readonly required?: boolean; readonly causesReplacement?: string; readonly type: SpecType }
  >
>;
interface SpecResource {
  readonly properties: SpecProperties;
  readonly attributes: object;
  readonly primaryIdentifier?: readonly string[];
  readonly cfnRefIdentifier?: readonly string[];
}
interface SpecDatabase {
  get(entity: 'typeDefinition', reference: SpecType['reference']): { readonly properties: SpecProperties };
  lookup(
    entity: 'resource',
    index: 'cloudFormationType',
    operator: 'equals',
    value: string,
  ): { only(): SpecResource };
}

const folder = await mkdtemp(join(tmpdir(), 'aws-service-spec-'));
try {
  execFileSync('npm', ['install', '--prefix', folder, spec], { stdio: 'inherit' });
  const entry = join(folder, 'node_modules/@aws-cdk/aws-service-spec/lib/index.js');
  const { loadAwsServiceSpecSync } = (await import(pathToFileURL(entry).href)) as {
    loadAwsServiceSpecSync(): SpecDatabase;
  };
  const file = join(import.meta.dirname, '../libs/local-aws/src/services/inert/schemas.json');
  await writeFile(file, tableOf(loadAwsServiceSpecSync()));
  execFileSync('biome', ['check', '--write', file], { stdio: 'inherit' });
} finally {
  await rm(folder, { recursive: true, force: true });
}

function tableOf(database: SpecDatabase): string {
  const entries = Object.keys(types).map((name) => {
    const resource = database.lookup('resource', 'cloudFormationType', 'equals', name).only();
    const { properties, attributes, primaryIdentifier = [], cfnRefIdentifier } = resource;
    const schema: InertSchema = {
      ref: cfnRefIdentifier?.at(-1) ?? primaryIdentifier.at(-1) ?? '',
      attributes: Object.keys(attributes),
      replacedBy: Object.keys(properties).filter((key) => properties[key]?.causesReplacement === 'yes'),
      properties: membersOf(database, properties),
    };
    return [name, schema] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** A required member has a name that ends in "!". */
function membersOf(database: SpecDatabase, properties: SpecProperties): Record<string, Shape> {
  const members = Object.entries(properties).map(([name, { required, type }]): [string, Shape] => [
    required ? `${name}!` : name,
    shapeOf(database, type),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => a.localeCompare(b)));
}

function shapeOf(database: SpecDatabase, { type, allowedValues, element, reference }: SpecType): Shape {
  switch (type) {
    case 'string':
      return allowedValues === undefined ? 'string' : allowedValues.join('|');
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'tag':
      return { 'Key!': 'string', 'Value!': 'string' };
    case 'array':
      return [element === undefined ? 'json' : shapeOf(database, element)];
    case 'ref':
      return membersOf(database, database.get('typeDefinition', reference).properties);
    // Documents such as policies, which AWS accepts as objects or as texts.
    default:
      return 'json';
  }
}
