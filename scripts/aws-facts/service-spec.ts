import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InertSchema, Shape } from '../../libs/iam/src/aws/inert-schemas.ts';

/** The database of AWS's schemas, with corrections from AWS's documentation (Apache-2.0). Only the facts need it, so it is not installed. */
export const SERVICE_SPEC = '@aws-cdk/aws-service-spec@0.1.216';

/** A type of a property. A type that is defined elsewhere has been replaced by its members. */
export interface SpecType {
  readonly type: string;
  readonly allowedValues?: readonly string[];
  readonly element?: SpecType;
  readonly properties?: SpecProperties;
}

type SpecProperties = Readonly<
  Record<
    string,
    { readonly required?: boolean; readonly causesReplacement?: string; readonly type: SpecType }
  >
>;

/** A resource type as the stored input has it. */
export interface SpecResource {
  readonly cloudFormationType: string;
  readonly properties: SpecProperties;
  readonly attributes: readonly string[];
  readonly primaryIdentifier?: readonly string[];
  readonly cfnRefIdentifier?: readonly string[];
}

interface DatabaseType extends Omit<SpecType, 'element' | 'properties'> {
  readonly element?: DatabaseType;
  readonly reference?: { readonly $ref: string };
}
type DatabaseProperties = Readonly<
  Record<string, Omit<SpecProperties[string], 'type'> & { readonly type: DatabaseType }>
>;
interface Database {
  get(
    entity: 'typeDefinition',
    reference: DatabaseType['reference'],
  ): { readonly properties: DatabaseProperties };
  lookup(
    entity: 'resource',
    index: 'cloudFormationType',
    operator: 'equals',
    value: string,
  ): {
    only(): Omit<SpecResource, 'properties' | 'attributes'> & {
      readonly properties: DatabaseProperties;
      readonly attributes: object;
    };
  };
}

/** Installs the database in a temporary folder, and reads resource types. */
export async function readServiceSpec(types: readonly string[]): Promise<readonly SpecResource[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-service-spec-'));
  try {
    execFileSync('npm', ['install', '--prefix', folder, SERVICE_SPEC], { stdio: 'inherit' });
    const entry = join(folder, 'node_modules/@aws-cdk/aws-service-spec/lib/index.js');
    const { loadAwsServiceSpecSync } = (await import(pathToFileURL(entry).href)) as {
      loadAwsServiceSpecSync(): Database;
    };
    const database = loadAwsServiceSpecSync();
    return types.map((name) => {
      const found = database.lookup('resource', 'cloudFormationType', 'equals', name).only();
      const { cloudFormationType, properties, attributes, primaryIdentifier, cfnRefIdentifier } = found;
      return {
        cloudFormationType,
        properties: inlined(database, properties),
        attributes: Object.keys(attributes),
        ...(primaryIdentifier !== undefined && { primaryIdentifier }),
        ...(cfnRefIdentifier !== undefined && { cfnRefIdentifier }),
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function inlined(database: Database, properties: DatabaseProperties): SpecProperties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, { required, causesReplacement, type }]) => [
      name,
      {
        ...(required !== undefined && { required }),
        ...(causesReplacement !== undefined && { causesReplacement }),
        type: inlinedType(database, type),
      },
    ]),
  );
}

function inlinedType(
  database: Database,
  { type, allowedValues, element, reference }: DatabaseType,
): SpecType {
  return {
    type,
    ...(allowedValues !== undefined && { allowedValues }),
    ...(element !== undefined && { element: inlinedType(database, element) }),
    ...(reference !== undefined && {
      properties: inlined(database, database.get('typeDefinition', reference).properties),
    }),
  };
}

/** Makes the schemas of the resource types that local AWS accepts although they have no effect there. */
export function makeInertSchemas(resources: readonly SpecResource[]): Readonly<Record<string, InertSchema>> {
  return Object.fromEntries(
    resources.map(
      ({ cloudFormationType, properties, attributes, primaryIdentifier = [], cfnRefIdentifier }) => [
        cloudFormationType,
        {
          ref: cfnRefIdentifier?.at(-1) ?? primaryIdentifier.at(-1) ?? '',
          attributes,
          replacedBy: Object.keys(properties).filter((key) => properties[key]?.causesReplacement === 'yes'),
          properties: membersOf(properties),
        },
      ],
    ),
  );
}

/** A required member has a name that ends in "!". */
function membersOf(properties: SpecProperties): Record<string, Shape> {
  const members = Object.entries(properties).map(([name, { required, type }]): [string, Shape] => [
    required ? `${name}!` : name,
    shapeOf(type),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => a.localeCompare(b)));
}

function shapeOf({ type, allowedValues, element, properties }: SpecType): Shape {
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
      return [element === undefined ? 'json' : shapeOf(element)];
    case 'ref':
      return membersOf(properties ?? {});
    // Documents such as policies, which AWS accepts as objects or as texts.
    default:
      return 'json';
  }
}
