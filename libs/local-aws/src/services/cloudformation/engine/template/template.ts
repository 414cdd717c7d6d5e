import * as v from 'valibot';
import { defined } from '../../../../core/defined.ts';
import { formatError, unsupported } from './errors.ts';
import { isObject, type Json, type JsonObject, member, scalarText, walk } from './json.ts';

/*
 * The members of a template. In the words for a wrong one, `%` stands for the member's name.
 */

const json = v.custom<Json>(() => true);
const object = v.custom<JsonObject>(isObject, '% must be an object.');
const text = v.string('Every % member must be a string.');
const scalar = v.pipe(
  v.custom<string>((value) => scalarText(value) !== undefined, 'Every % member must be a string.'),
  v.transform(String),
);
const scalars = v.pipe(
  v.custom<string[]>(
    (value) => Array.isArray(value) && value.every((item) => scalarText(item) !== undefined),
    '% must be a list of strings.',
  ),
  v.transform((items) => items.map(String)),
);
const number = v.pipe(
  v.custom<number | string>(
    (value) => Number.isFinite(Number(scalarText(value) || 'x')),
    '% must be a number.',
  ),
  v.transform(Number),
);
const names = v.pipe(
  v.custom<string | string[]>(
    (value) => [value].flat().every((name) => typeof name === 'string'),
    'Every % value must be a string.',
  ),
  v.transform((value) => [value].flat()),
);
const oneOf = <const Options extends readonly string[]>(options: Options) =>
  v.picklist(options, `% must be one of: ${options.join(', ')}.`);

const parameter = v.object(
  {
    Type: text,
    Default: v.optional(scalar),
    NoEcho: v.pipe(
      v.optional(scalar, 'false'),
      v.transform((value) => value === 'true'),
    ),
    Description: v.optional(text),
    AllowedValues: v.optional(scalars),
    AllowedPattern: v.optional(text),
    ConstraintDescription: v.optional(text),
    MinLength: v.optional(number),
    MaxLength: v.optional(number),
    MinValue: v.optional(number),
    MaxValue: v.optional(number),
  },
  'Every Parameters object must contain a Type member.',
);

const resource = v.object(
  {
    Type: text,
    Properties: v.optional(object, {}),
    DependsOn: v.optional(names, () => []),
    Condition: v.optional(text),
    DeletionPolicy: v.optional(oneOf(['Delete', 'Retain', 'RetainExceptOnCreate']), 'Delete'),
    UpdateReplacePolicy: v.optional(oneOf(['Delete', 'Retain']), 'Delete'),
    Metadata: v.optional(json),
  },
  'Every Resources object must contain a Type member.',
);

const output = v.object(
  {
    Value: json,
    Description: v.optional(text),
    Export: v.optional(v.object({ Name: json }, 'Every Export must contain a Name')),
    Condition: v.optional(text),
  },
  'Every Outputs member must contain a Value object',
);

const mapping = v.custom<JsonObject>(
  (value) => isObject(value) && Object.values(value).every(isObject),
  'Every Mappings attribute must be an object of objects.',
);

const section = v.nullish(object, {});
const template = v.object({
  AWSTemplateFormatVersion: v.optional(
    v.literal('2010-09-09', 'The value is not a supported AWSTemplateFormatVersion.'),
  ),
  Description: v.optional(text),
  Metadata: v.optional(json),
  Parameters: section,
  Mappings: section,
  Conditions: section,
  Resources: section,
  Outputs: section,
});

/** A parameter as the template declares it. */
export type ParameterDefinition = v.InferOutput<typeof parameter>;
/** A resource as the template declares it, functions not yet evaluated. */
export type ResourceDefinition = v.InferOutput<typeof resource>;
/** An output as the template declares it, functions not yet evaluated. */
export type OutputDefinition = v.InferOutput<typeof output>;

/** A well-formed template; `checkReferences` checks that what it refers to exists. */
export interface Template {
  readonly description?: string;
  readonly parameters: ReadonlyMap<string, ParameterDefinition>;
  readonly mappings: JsonObject;
  readonly conditions: ReadonlyMap<string, Json>;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
}

const UNSUPPORTED_SECTIONS: ReadonlyMap<string, string> = new Map([
  ['Transform', 'Deploy the template with its macros already expanded.'],
  ['Rules', "Use the parameters' AllowedValues and AllowedPattern."],
  ['Hooks', 'Remove the section.'],
]);
const MAX_RESOURCES = 500;

/**
 * Reads the sections of a parsed template.
 * @throws AwsError `ValidationError` in CloudFormation's words for what is malformed, and for sections and attributes
 *   that local AWS does not support
 */
export function readTemplate(source: JsonObject): Template {
  const unknown = unknownMembers(template, source);
  for (const name of unknown) {
    const remedy = UNSUPPORTED_SECTIONS.get(name);
    if (remedy !== undefined) throw unsupported(`the template section ${name}`, remedy);
  }
  if (unknown.length > 0) {
    throw formatError(`Invalid template property or properties [${unknown.join(', ')}]`);
  }
  const sections = read(template, source, []);
  const resources = readSection('Resources', sections.Resources, resource);
  if (resources.size === 0) throw formatError('At least one Resources member must be defined.');
  if (resources.size > MAX_RESOURCES) {
    throw formatError(
      `Number of resources, ${resources.size}, is greater than maximum allowed, ${MAX_RESOURCES}`,
    );
  }
  return {
    parameters: readSection('Parameters', sections.Parameters, parameter),
    mappings: Object.fromEntries(readSection('Mappings', sections.Mappings, mapping)),
    conditions: readSection('Conditions', sections.Conditions, json),
    resources,
    outputs: readSection('Outputs', sections.Outputs, output),
    ...defined({ description: sections.Description }),
  };
}

function readSection<Schema extends v.GenericSchema>(
  name: string,
  entries: JsonObject,
  schema: Schema,
): ReadonlyMap<string, v.InferOutput<Schema>> {
  return new Map(
    Object.entries(entries).map(([key, entry]) => {
      if (name !== 'Conditions' && !/^[A-Za-z0-9]{1,255}$/.test(key)) {
        throw formatError(`${name.replace(/s$/, '')} name ${key.slice(0, 300)} is non alphanumeric.`);
      }
      for (const { value, path } of walk(entry, [name, key])) {
        if (value === null)
          throw formatError(`[/${path.join('/')}] 'null' values are not allowed in templates`);
      }
      if (name === 'Resources') refuseUnknownAttributes(key, entry);
      const [extra] = name === 'Outputs' ? unknownMembers(output, entry) : [];
      if (extra !== undefined) throw formatError(`[/Outputs/${key}] Invalid output property [${extra}]`);
      return [key, read(schema, entry, [name, key])];
    }),
  );
}

function refuseUnknownAttributes(id: string, definition: Json): void {
  for (const key of unknownMembers(resource, definition)) {
    if (key === 'CreationPolicy' || key === 'UpdatePolicy') {
      throw unsupported(`the attribute ${key} of resource ${id}`, 'Remove it.');
    }
    // Custom resources may have a version. Local AWS has none of them, and says so when it checks the types.
    const type = isObject(definition) ? String(member(definition, 'Type')) : '';
    if (key === 'Version' && /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(type)) continue;
    throw formatError(`Invalid template resource property '${key}' in resource ${id}`);
  }
}

function unknownMembers({ entries }: { readonly entries: object }, value: Json): string[] {
  return isObject(value) ? Object.keys(value).filter((key) => !Object.hasOwn(entries, key)) : [];
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  value: Json,
  at: readonly string[],
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = [...at, ...(issue.path ?? []).map(({ key }) => String(key))];
  // A missing member is reported at the object that lacks it.
  const isMissing = issue.type === 'object' && issue.input === undefined;
  const shown = isMissing ? path.slice(0, -1) : path;
  throw formatError(`[/${shown.join('/')}] ${issue.message.replace('%', path.at(-1) ?? '')}`);
}
